/**
 * The messages of protocol.ts as bytes. Every field of a decoded message is checked, so that a wrong message cannot end a run.
 *
 * Shape   a hail is JSON of at most 16 KiB; other messages are plain data (base/plain-data.ts)
 * Errors  RangeError for bytes that hold no message
 */
import { decodePlain, encodePlain } from '../base/plain-data.js'
import { type Check, Misfit, type VariantFields } from '../base/shape.js'
import { FROM_INSTANCE, HAILS, PINGS, PONGS, TO_INSTANCE } from './message-shapes.js'
import type { FromInstance, Hail, Ping, Pong, ToInstance } from './protocol.js'

/** The first byte of a hail, which is JSON. Frames of links begin with their version, which is 1. */
const BRACE = 0x7b
const LARGEST_HAIL = 16 * 1024

export function isHail(bytes: Uint8Array): boolean {
  return bytes[0] === BRACE
}

export function encodeHail(hail: Hail): Uint8Array {
  return Buffer.from(JSON.stringify(hail))
}

export function decodeHail(bytes: Uint8Array): Hail {
  if (bytes.length > LARGEST_HAIL) throw new RangeError(`a hail of ${bytes.length} bytes is too large`)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new RangeError('these bytes hold no hail')
  }
  return checked<Hail>(value, HAILS)
}

export const toInstance = codecOf<ToInstance>(TO_INSTANCE)
export const fromInstance = codecOf<FromInstance>(FROM_INSTANCE)
export const pings = codecOf<Ping>(PINGS)
export const pongs = codecOf<Pong>(PONGS)

interface Codec<Message> {
  encode(message: Message): Uint8Array
  decode(bytes: Uint8Array): Message
}

function codecOf<Message extends { type: string }>(fields: VariantFields<Message, 'type'>): Codec<Message> {
  return {
    encode: (message) => encodePlain(message),
    decode: (bytes) => checked<Message>(decodePlain(bytes), fields),
  }
}

function checked<Message extends { type: string }>(value: unknown, fields: VariantFields<Message, 'type'>): Message {
  if (typeof value !== 'object' || value === null) throw new RangeError('these bytes hold no message')
  const message = value as Record<string, unknown>
  const { type } = message
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) {
    throw new RangeError(`there are no messages of type ${JSON.stringify(type)}`)
  }
  for (const [name, check] of Object.entries<Check>(fields[type as Message['type']])) {
    try {
      check(message[name], name)
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      throw new RangeError(`a message of type ${type} has no good ${name}: ${error.message}`)
    }
  }
  return message as unknown as Message
}
