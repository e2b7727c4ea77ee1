/**
 * `node:fs` in a virtual user: it reads files in the init code, as `open()` does. Every other function throws an error that says so.
 */
import fs from 'node:fs'
import { currentWorld } from './current.js'
import { RefusedCallError } from './refusal.js'

type Callback = (error: Error | null, data?: unknown) => void
type ReadOptions = BufferEncoding | { readonly encoding?: BufferEncoding | null } | null | undefined

const WHY = 'files are read in the init code, with open() or fs.readFileSync(), and never written'

function refusal(call: string): RefusedCallError {
  return new RefusedCallError(`${call}()`, WHY)
}

function isInit(): boolean {
  return currentWorld().vu.phase === 'init'
}

function read(path: unknown, options: ReadOptions, call: string): Buffer | string {
  if (!isInit()) throw refusal(call)
  const content = Buffer.from(currentWorld().open(path instanceof URL ? path.href : path, 'b') as ArrayBuffer)
  const encoding = typeof options === 'string' ? options : options?.encoding
  return encoding ? content.toString(encoding) : content
}

function readFileSync(path: unknown, options?: ReadOptions): Buffer | string {
  return read(path, options, 'fs.readFileSync')
}

function existsSync(path: unknown): boolean {
  if (!isInit()) throw refusal('fs.existsSync')
  try {
    currentWorld().open(path, 'b')
    return true
  } catch {
    return false
  }
}

async function readFilePromise(path: unknown, options?: ReadOptions): Promise<Buffer | string> {
  return read(path, options, 'fs.promises.readFile')
}

async function readAsync(path: unknown, options: ReadOptions): Promise<Buffer | string> {
  return read(path, options, 'fs.readFile')
}

function readFile(path: unknown, ...rest: unknown[]): void {
  const callback = rest.at(-1) as Callback
  readAsync(path, rest.length > 1 ? (rest[0] as ReadOptions) : undefined).then(
    (data) => callback(null, data),
    (error) => callback(error),
  )
}

/** A function that is not supported. It gives its error to the callback, or throws it when there is none. */
function refused(name: string): (...args: unknown[]) => void {
  return (...args) => {
    const error = refusal(`fs.${name}`)
    const callback = args.at(-1)
    if (typeof callback !== 'function') throw error
    process.nextTick(callback as Callback, error)
  }
}

export function fsPromises(): object {
  const promises: Record<string, unknown> = { constants: fs.constants }
  for (const [name, value] of Object.entries(fs.promises)) {
    if (typeof value !== 'function') continue
    promises[name] = async () => {
      throw refusal(`fs.promises.${name}`)
    }
  }
  return Object.assign(promises, { readFile: readFilePromise })
}

export function fsModule(promises: object): object {
  const exports: Record<string, unknown> = { constants: fs.constants }
  for (const [name, value] of Object.entries(fs)) if (typeof value === 'function') exports[name] = refused(name)
  return Object.assign(exports, { readFile, readFileSync, existsSync, promises })
}
