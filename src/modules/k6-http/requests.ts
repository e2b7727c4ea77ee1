/**
 * What the request functions of `k6/http` have in common: prepare a request, send it, wait for it, and return its response.
 *
 * Source  docs/spec/http.md §2, §15
 */
import { schemeHint } from '../../net/url.js'
import type { Pause, Twin } from '../../pausable/runtime/pause.js'
import { CallSite, calledAt } from '../../vu/call-site.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { HttpCall } from './http-call.js'
import { type HttpVu, httpOf } from './http-vu.js'
import { PreparationError } from './preparation-error.js'
import { methodOf, prepareRequest } from './prepared-request.js'
import { HttpResponse } from './response.js'

const IN_INIT = 'Making http requests in the init context is not supported'

/** Waits for one call. */
class CallPause implements Pause {
  readonly call: string
  readonly #call: HttpCall

  constructor(name: string, call: HttpCall) {
    this.call = name
    this.#call = call
  }

  start(resume: (value: unknown, immediately?: boolean) => void): void {
    this.#call.begin((_call, isImmediate) => resume(undefined, isImmediate))
  }
}

export interface RequestArguments {
  readonly method: unknown
  readonly url: unknown
  readonly body?: unknown
  readonly params?: unknown
}

export function* send(vu: VirtualUser, name: string, { method, url, body, params }: RequestArguments): Twin {
  if (vu.phase === 'init') throw new HostError(IN_INIT)
  const call = prepareCall(httpOf(vu), method, url, body, params)
  if (call instanceof HttpCall) yield new CallPause(name, call)
  return resultOf(vu, call)
}

/** A call that can be sent, or the result of one with wrong arguments. */
export type Prepared = HttpCall | Refusal

export interface Refusal {
  readonly problem: string
  readonly response: HttpResponse
}

export function prepareCall(http: HttpVu, method: unknown, url: unknown, body: unknown, params: unknown): Prepared {
  try {
    return new HttpCall(http, prepareRequest(http.vu, method, url, body, params))
  } catch (error) {
    if (error instanceof PreparationError) return refusal(http, error, methodOf(method), url)
    if (error instanceof HostError) return refusal(http, new PreparationError(error.message), methodOf(method), url)
    throw error
  }
}

export function refusal(
  { actions }: HttpVu,
  { message, code }: PreparationError,
  method: string,
  givenUrl: unknown,
): Refusal {
  const url = typeof givenUrl === 'string' ? givenUrl : ''
  const response = new HttpResponse(
    {
      status: 0,
      statusText: '',
      proto: '',
      url,
      headers: {},
      cookies: {},
      body: null,
      error: message,
      errorCode: code,
      exchange: null,
      request: { method, url, headers: {}, body: '', cookies: {} },
    },
    actions,
  )
  return { problem: message, response }
}

/** The response. A failure is logged, or thrown with the option `throw`; `site` is needed when the call is no longer on the stack. */
export function resultOf(vu: VirtualUser, { problem, response }: Prepared, site?: CallSite): HttpResponse {
  if (problem !== null) {
    if (vu.shard.settings.throw) {
      const error = new HostError(problem)
      throw site === undefined ? error : calledAt(error, site)
    }
    const fields = { error: problem, ...schemeHint(problem, 'http://host/path') }
    vu.shard.log.write('warning', 'Request Failed', fields, site && { place: site.place })
  }
  return response!
}

/** A promise of the response. Throws only in the init context. */
export function sendAsync(vu: VirtualUser, { method, url, body, params }: RequestArguments): Promise<unknown> {
  if (vu.phase === 'init') throw new HostError(IN_INIT)
  const site = new CallSite(sendAsync)
  const call = prepareCall(httpOf(vu), method, url, body, params)
  return new Promise((resolve, reject) => {
    const settlement = { vu, call, site, resolve, reject, hold: vu.hold() }
    if (!(call instanceof HttpCall)) vu.post(settle, settlement, undefined)
    else {
      call.begin((_call, isImmediate) => {
        if (isImmediate) vu.dispatch(settle, settlement, undefined)
        else vu.post(settle, settlement, undefined)
      })
    }
  })
}

interface Settlement {
  readonly vu: VirtualUser
  readonly call: Prepared
  readonly site: CallSite
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly hold: number
}

function settle({ vu, call, site, resolve, reject, hold }: Settlement): void {
  try {
    resolve(resultOf(vu, call, site))
  } catch (error) {
    reject(error)
  }
  vu.release(hold)
}
