/**
 * Every message between coordinators and agents, and the order they come in.
 *
 *   coordinator                          agent
 *   discover                     ──►     (all of them)
 *                                ◄──     here
 *   claim                        ──►     is taken by the first that asks
 *                                ◄──     claimed | refused
 *                    from here on a link between the coordinator and the instance
 *   ping                         ──►     once a second; who hears none for some time is alone
 *                                ◄──     pong: the time, and how far it has come
 *   init                         ──►     fetches the test, loads it, initialises its part of the VUs
 *                                ◄──     prepared | init failed | failed
 *   begin                        ──►
 *   call setup                   ──►     (one instance)
 *                                ◄──     called
 *   fetch                        ──►     (all, when setup returned much)
 *                                ◄──     fetched
 *   start                        ──►     at one moment of the common clock
 *                                ◄──     started, then report, samples, log … and ended
 *   pause | resume | scale | stop | interrupt | report
 *   call teardown                ──►     (one instance)
 *   flush                        ──►
 *                                ◄──     report, samples, flushed
 *   call handleSummary           ──►     (one instance)
 *   release                      ──►     is free again
 *                                ◄──     left                              (by itself, when it is told to end)
 *   gone                         ◄─►     there is no such link any more
 *
 * Shape   what comes before a link is JSON, so that other versions can say that they are other versions; what goes on a link is plain data
 *         (base/plain-data.ts), each message of a known type with fields of known kinds
 * Units   milliseconds; moments are of the clock of the instance
 * Errors  RangeError for bytes that hold no message
 */
import { decodePlain, encodePlain } from '../base/plain-data.js'
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { EngineProgress } from '../engine/progress.js'
import type { CountedWork, DoneWork } from '../engine/workload.js'
import type { LogBatch } from '../log/relay.js'
import type { Pause } from '../plan/pauses.js'
import {
  isCall,
  isCallResult,
  isCard,
  isCountedWork,
  isLogBatch,
  isNumber,
  isPauses,
  isStanding,
  isTask,
} from './shapes.js'

/** Changes when machines of different versions could not work together any more. */
export const PROTOCOL = 1

/** Where agents listen for coordinators that look for some. */
export const AGENTS_SUBJECT = 'sockeye.agents'

export function agentSubject(agent: string): string {
  return `sockeye.agent.${agent}`
}

export function runSubject(run: string): string {
  return `sockeye.run.${run}`
}

/** What an agent tells of itself. */
export interface AgentCard {
  /** Of this process. */
  readonly id: string
  /** For the user; the machine's unless it was given one. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  /** How many more files it may open; null where that cannot be told. */
  readonly descriptors: number | null
  readonly protocol: number
  readonly version: string
  readonly node: string
  /** `linux`, `win32` … */
  readonly platform: string
  readonly architecture: string
  readonly isBusy: boolean
  /** Epoch milliseconds. */
  readonly wallClock: number
}

export type Hail =
  /** `replyTo` is a run. */
  | { readonly type: 'discover'; readonly replyTo: string }
  | { readonly type: 'here'; readonly card: AgentCard }
  | { readonly type: 'claim'; readonly replyTo: string; readonly link: string; readonly protocol: number }
  | { readonly type: 'claimed'; readonly link: string }
  | { readonly type: 'refused'; readonly link: string }
  | { readonly type: 'gone'; readonly link: string }

export type ToInstance =
  | { readonly type: 'init'; readonly task: InstanceTask }
  /** The test began at that moment. */
  | { readonly type: 'begin'; readonly at: number }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  /** Much of what setup returned takes time to fetch: before all start. */
  | { readonly type: 'fetch'; readonly setupFile: string }
  /** What setup returned is in a file when there is much of it. Pauses are in ms since `at`, for whoever comes later. */
  | {
      readonly type: 'start'
      readonly at: number
      readonly pauses: readonly Pause[]
      readonly setupData: string | undefined
      readonly setupFile: string | undefined
    }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'scale'; readonly scenario: number; readonly vus: number; readonly maxVUs: number }
  | { readonly type: 'stop' }
  | { readonly type: 'interrupt' }
  | { readonly type: 'report' }
  | { readonly type: 'flush' }
  /** There is room for the next batch of the part that has sent this one. */
  | { readonly type: 'taken'; readonly number: number }
  | { readonly type: 'release' }

/** What an instance is to do. */
export interface InstanceTask {
  /** Name of the file with the program and the workload. */
  readonly file: string
  /** Its part, and those of all. */
  readonly segment: string
  readonly sequence: string
  /** Which of them it is, from 0. */
  readonly instance: number
  /** Undefined: one per core. */
  readonly shards: number | undefined
  /** Epoch milliseconds, as the coordinator has them, of moment 0 of the clock of this instance. */
  readonly epochOrigin: number
  /** So long without a word it ends by itself; at once, if another may take its place by then. */
  readonly patience: number
  readonly isReplaceable: boolean
  /** By scenario: what others have done of this part, who are lost; undefined when nobody has begun it. */
  readonly resumed: readonly DoneWork[] | undefined
}

export type FromInstance =
  | { readonly type: 'prepared' }
  | { readonly type: 'init failed'; readonly vu: number }
  /** It cannot do its part. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'called'; readonly result: CallResult }
  | { readonly type: 'fetched' }
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'ended'; readonly standing: Standing }
  | { readonly type: 'flushed'; readonly standing: Standing }
  /** Bytes of engine/report-codec.ts; by scenario, what its part has done when it is in the results. */
  | {
      readonly type: 'report'
      readonly part: number
      readonly report: Uint8Array
      readonly done: readonly CountedWork[]
      readonly standing: Standing
    }
  /** Bytes of metrics/sample-codec.ts. */
  | { readonly type: 'samples'; readonly part: number; readonly number: number; readonly batch: Uint8Array }
  | { readonly type: 'log'; readonly number: number; readonly batch: LogBatch }
  | { readonly type: 'abort'; readonly message: string; readonly place: string }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'part lost'; readonly part: string; readonly reason: string; readonly goesOn: boolean }
  /** It was told to end: it starts nothing more, and says `left` when all it has is sent. */
  | { readonly type: 'leaving' }
  | { readonly type: 'left'; readonly standing: Standing }

/** How far an instance has come. */
export interface Standing {
  readonly progress: EngineProgress
  readonly isComplete: boolean
  readonly hasLostWork: boolean
}

export interface Ping {
  readonly type: 'ping'
  /** From 0; a pong has the number of its ping. */
  readonly number: number
}

export interface Pong {
  readonly type: 'pong'
  readonly number: number
  /** When the ping came and when this was sent. */
  readonly receivedAt: number
  readonly sentAt: number
  /** Undefined before there is an engine. */
  readonly standing: Standing | undefined
}

type FieldKind = 'text' | 'number' | 'flag' | 'bytes' | 'text?' | ((value: unknown) => boolean)
type Fields<Message extends { type: string }> = {
  readonly [Type in Message['type']]: Readonly<
    Record<Exclude<keyof Extract<Message, { type: Type }>, 'type'>, FieldKind>
  >
}

const HAILS: Fields<Hail> = {
  discover: { replyTo: 'text' },
  here: { card: isCard },
  claim: { replyTo: 'text', link: 'text', protocol: 'number' },
  claimed: { link: 'text' },
  refused: { link: 'text' },
  gone: { link: 'text' },
}

const TO_INSTANCE: Fields<ToInstance> = {
  init: { task: isTask },
  begin: { at: 'number' },
  call: { call: isCall },
  fetch: { setupFile: 'text' },
  start: { at: 'number', pauses: isPauses, setupData: 'text?', setupFile: 'text?' },
  pause: {},
  resume: {},
  scale: { scenario: 'number', vus: 'number', maxVUs: 'number' },
  stop: {},
  interrupt: {},
  report: {},
  flush: {},
  taken: { number: 'number' },
  release: {},
}

const FROM_INSTANCE: Fields<FromInstance> = {
  prepared: {},
  'init failed': { vu: 'number' },
  failed: { reason: 'text' },
  called: { result: isCallResult },
  fetched: {},
  started: { at: 'number' },
  ended: { standing: isStanding },
  flushed: { standing: isStanding },
  report: { part: 'number', report: 'bytes', done: isCountedWork, standing: isStanding },
  samples: { part: 'number', number: 'number', batch: 'bytes' },
  log: { number: 'number', batch: isLogBatch },
  abort: { message: 'text', place: 'text' },
  fail: { message: 'text' },
  'part lost': { part: 'text', reason: 'text', goesOn: 'flag' },
  leaving: {},
  left: { standing: isStanding },
}

const PING: Fields<Ping> = { ping: { number: 'number' } }
const PONG: Fields<Pong> = {
  pong: {
    number: 'number',
    receivedAt: 'number',
    sentAt: 'number',
    standing: (value) => value === undefined || isStanding(value),
  },
}

/** The first byte of JSON; frames of links begin with their version. */
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
export const pings = codecOf<Ping>(PING)
export const pongs = codecOf<Pong>(PONG)

interface Codec<Message> {
  encode(message: Message): Uint8Array
  decode(bytes: Uint8Array): Message
}

function codecOf<Message extends { type: string }>(fields: Fields<Message>): Codec<Message> {
  return {
    encode: (message) => encodePlain(message),
    decode: (bytes) => checked<Message>(decodePlain(bytes), fields),
  }
}

function checked<Message extends { type: string }>(value: unknown, fields: Fields<Message>): Message {
  if (typeof value !== 'object' || value === null) throw new RangeError('these bytes hold no message')
  const message = value as Record<string, unknown>
  const { type } = message
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) {
    throw new RangeError(`there are no messages of type ${JSON.stringify(type)}`)
  }
  for (const [name, kind] of Object.entries(fields[type as Message['type']]) as [string, FieldKind][]) {
    if (!isOfKind(message[name], kind)) throw new RangeError(`a message of type ${type} has no good ${name}`)
  }
  return message as unknown as Message
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  if (typeof kind === 'function') return kind(value)
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'text?':
      return value === undefined || typeof value === 'string'
    case 'number':
      return isNumber(value)
    case 'flag':
      return typeof value === 'boolean'
    case 'bytes':
      return value instanceof Uint8Array
    default:
      return kind satisfies never
  }
}
