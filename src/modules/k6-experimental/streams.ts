/** Module `k6/experimental/streams`: classes of the Streams Standard. They are Node's, and globals of scripts, too. */
import type { BuiltinModule, Globals } from '../module.js'

const CLASSES = [
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
  'ReadableStream',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'TransformStream',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
]

/** Node loads them when they are first read. */
const classOf = (name: string): unknown => (globalThis as unknown as Record<string, unknown>)[name]

export const streamGlobals: Globals = { perVu: Object.fromEntries(CLASSES.map((name) => [name, () => classOf(name)])) }

export const k6Streams: BuiltinModule = {
  create: () => Object.fromEntries(CLASSES.map((name) => [name, classOf(name)])),
}
