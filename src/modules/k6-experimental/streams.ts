/** Module `k6/experimental/streams`: classes of the Streams Standard, which are globals, too. They are Node's. */
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

/** Reading a class makes Node load it, so they are read when a script asks. */
const classOf = (name: string): unknown => (globalThis as unknown as Record<string, unknown>)[name]

export const streamGlobals: Globals = { perVu: Object.fromEntries(CLASSES.map((name) => [name, () => classOf(name)])) }

export const k6Streams: BuiltinModule = {
  create: () => Object.fromEntries(CLASSES.map((name) => [name, classOf(name)])),
}
