/**
 * `node:zlib` in a virtual user: Node's own, which works on other threads. Their results come to the streams in tasks of the VU, whose iteration waits
 * for them.
 */
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import type { HoldToken, VirtualUser } from '../vu/virtual-user.js'
import { currentVu, runTask, withTaskCallback } from './current.js'

type Callback = (error?: Error | null, data?: unknown) => void
type StreamClass = new (options?: object) => Transform

function withEdges(base: StreamClass): StreamClass {
  return class extends base {
    readonly #vu: VirtualUser = currentVu()
    #hold: HoldToken | null = null
    #isInside = false
    #pushed: boolean | null = null

    override _transform(chunk: any, encoding: BufferEncoding, callback: Callback): void {
      this.#hold ??= this.#vu.hold()
      this.#isInside = true
      super._transform(chunk, encoding, (error, data) => {
        if (this.#isInTurn) this.#done(callback, error, data)
        else this.#vu.dispatch(runTask, () => this.#done(callback, error, data), undefined)
      })
      this.#isInside = false
    }

    #done(callback: Callback, error: Error | null | undefined, data: unknown): void {
      this.#release()
      callback(error, data)
    }

    #release(): void {
      if (this.#hold !== null) this.#vu.release(this.#hold)
      this.#hold = null
    }

    get #isInTurn(): boolean {
      return this.#isInside || this.#vu.shard.isExecuting
    }

    override push(chunk: any, encoding?: BufferEncoding): boolean {
      if (this.#hold === null || this.#isInTurn) return super.push(chunk, encoding)
      this.#pushed = null
      this.#vu.dispatch(runTask, () => this.#pushNow(chunk), undefined)
      return this.#pushed ?? false
    }

    #pushNow(chunk: unknown): void {
      this.#pushed = super.push(chunk)
    }

    override destroy(error?: Error): this {
      // Errors from the other thread have an `errno`.
      if (this.#hold === null || this.#isInTurn || error === undefined || !('errno' in error))
        return super.destroy(error)
      this.#vu.dispatch(runTask, () => this.#destroyNow(error), undefined)
      return this
    }

    #destroyNow(error: Error): void {
      super.destroy(error)
    }

    override _destroy(error: Error | null, callback: Callback): void {
      this.#release()
      super._destroy(error, callback)
    }
  }
}

const CLASS_NAMES = /^(Gzip|Gunzip|Deflate|Inflate|DeflateRaw|InflateRaw|Unzip|Brotli\w+|Zstd\w+)$/
const CALLBACK_NAMES = /^(gzip|gunzip|deflate|inflate|deflateRaw|inflateRaw|unzip|brotli\w+|zstd\w+)$/

export function zlibModule(): object {
  const exports: Record<string, unknown> = { ...zlib }
  for (const [name, value] of Object.entries(zlib)) {
    if (typeof value !== 'function' || name.endsWith('Sync')) continue
    if (CLASS_NAMES.test(name)) addClass(exports, name, value as unknown as StreamClass)
    else if (CALLBACK_NAMES.test(name)) exports[name] = withTaskCallback(value as () => unknown)
  }
  return exports
}

/** Adds `Gzip`, which as in Node can be called without `new`, and `createGzip`. */
function addClass(exports: Record<string, unknown>, name: string, base: StreamClass): void {
  const edged = withEdges(base)
  Object.defineProperty(edged, 'name', { value: name })
  exports[name] = new Proxy(edged, { apply: (target, _self, [options]) => new target(options) })
  exports[`create${name}`] = (options?: object) => new edged(options)
}
