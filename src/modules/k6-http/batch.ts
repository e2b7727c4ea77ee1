/**
 * `http.batch(requests)`: sends requests at the same time, within the limits of the options `batch` and `batchPerHost`.
 *
 * Errors  HostError for an argument that is no list of requests. A wrong entry does not throw: its response has the error
 * Source  docs/spec/http.md §14
 */
import type { Pause, Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { HttpCall } from './http-call.js'
import { type HttpVu, httpOf } from './http-vu.js'
import { PreparationError } from './preparation-error.js'
import { type Prepared, prepareCall, type RequestArguments, refusal, resultOf } from './requests.js'
import { isTemplateUrl } from './url-template.js'

export function* batch(vu: VirtualUser, requests: unknown): Twin {
  if (vu.phase === 'init') throw new HostError('Using batch in the init context is not supported')
  if (requests === undefined || requests === null) {
    throw new HostError('no argument was provided to http.batch()')
  }
  if (typeof requests !== 'object') throw new HostError(`invalid http.batch() argument type ${typeof requests}`)
  const http = httpOf(vu)
  const keys = Object.keys(requests)
  const calls = keys.map((key) => prepareEntry(http, key, (requests as Record<string, unknown>)[key]))
  // With the option `throw` a wrong entry throws here, before anything is sent.
  if (vu.shard.settings.throw) for (const call of calls) if (!(call instanceof HttpCall)) resultOf(vu, call)
  const sent = calls.filter((call) => call instanceof HttpCall)
  if (sent.length > 0) yield new BatchRun(sent, vu.shard.settings.http)
  if (Array.isArray(requests)) return calls.map((call) => resultOf(vu, call))
  return Object.fromEntries(calls.map((call, i) => [keys[i]!, resultOf(vu, call)]))
}

function prepareEntry(http: HttpVu, key: string, entry: unknown): Prepared {
  try {
    const { method, url, body, params } = argumentsOf(key, entry)
    return prepareCall(http, method, url, body, params)
  } catch (error) {
    if (error instanceof PreparationError) return refusal(http, error, 'GET', undefined)
    throw error
  }
}

function argumentsOf(key: string, entry: unknown): RequestArguments {
  if (typeof entry === 'string' || isTemplateUrl(entry)) return { method: 'GET', url: entry }
  if (Array.isArray(entry)) {
    if (entry.length < 2) {
      throw new PreparationError(
        `invalid batch request '${key}': arrays of at least [method, url] are expected, got ${entry.length} elements`,
      )
    }
    const [method, url, body, params] = entry as unknown[]
    return { method, url, body, params }
  }
  if (typeof entry !== 'object' || entry === null) {
    throw new PreparationError(`invalid batch request '${key}': a text, an array or an object is expected`)
  }
  const { method, url, body, params } = entry as { method?: unknown; url?: unknown; body?: unknown; params?: unknown }
  if (url === undefined) throw new PreparationError(`batch request ${key} doesn't have a url key`)
  return { method, url, body, params }
}

interface Limits {
  /** 0 is no limit. */
  readonly batch: number
  readonly batchPerHost: number
}

/** Runs the requests of a batch. Each begins, in order, as soon as the limits allow it. */
class BatchRun implements Pause {
  readonly call = 'http.batch()'
  readonly #waiting: HttpCall[]
  readonly #limits: Limits
  readonly #runningTo = new Map<string, number>()
  #running = 0
  #resume: ((value: unknown, immediately?: boolean) => void) | null = null

  constructor(calls: readonly HttpCall[], limits: Limits) {
    this.#waiting = [...calls]
    this.#limits = limits
  }

  start(resume: (value: unknown, immediately?: boolean) => void): void {
    this.#resume = resume
    this.#beginWhatMay()
  }

  #beginWhatMay(): void {
    const { batch: most } = this.#limits
    for (let i = 0; i < this.#waiting.length && (most === 0 || this.#running < most); ) {
      const call = this.#waiting[i]!
      if (this.#isHostFull(call)) i++
      else {
        this.#waiting.splice(i, 1)
        this.#count(call, 1)
        call.begin((_call, isImmediate) => this.#ended(call, isImmediate))
      }
    }
  }

  #isHostFull({ origin }: HttpCall): boolean {
    const most = this.#limits.batchPerHost
    return most > 0 && (this.#runningTo.get(origin) ?? 0) >= most
  }

  #count({ origin }: HttpCall, change: 1 | -1): void {
    this.#running += change
    this.#runningTo.set(origin, (this.#runningTo.get(origin) ?? 0) + change)
  }

  #ended(call: HttpCall, isImmediate: boolean): void {
    this.#count(call, -1)
    if (this.#running === 0 && this.#waiting.length === 0) this.#resume!(undefined, isImmediate)
    else this.#beginWhatMay()
  }
}
