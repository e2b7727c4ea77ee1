/**
 * Module `k6/http`.
 *
 * Source  docs/spec/http.md §1
 */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { CookieJar, vuJar } from '../cookie-jar.js'
import type { BuiltinModule } from '../module.js'
import { CONSTANTS } from './constants.js'
import { file } from './file-data.js'
import { httpOf } from './http-vu.js'
import { VuPageActions } from './page-actions.js'
import { requestFunctions } from './request-functions.js'
import { sendAsync } from './requests.js'
import { ExpectedStatuses, expectedStatuses } from './statuses.js'
import { url } from './url-template.js'

export const k6Http: BuiltinModule = {
  create(vu) {
    httpOf(vu).actions = new VuPageActions(vu)
    const own = ownFunctions(vu)
    template ??= { ...own, ...CONSTANTS, CookieJar: callableCookieJar, expectedStatuses, file, url }
    return Object.assign({ ...template }, own)
  },
}

/**
 * The exports of the first VU. Those of each VU are a copy of it, because copies of one object share its hidden class: objects that are put together
 * one by one would cost every VU 900 bytes more.
 */
let template: object | null = null

function ownFunctions(vu: VirtualUser): object {
  return {
    ...requestFunctions(vu),
    asyncRequest: (method: unknown, target: unknown, body?: unknown, params?: unknown) =>
      sendAsync(vu, { method, url: target, body, params }),
    setResponseCallback: (callback: unknown) => setResponseCallback(vu, callback),
    cookieJar: () => currentJar(vu),
  }
}

function currentJar(vu: VirtualUser): CookieJar {
  if (vu.phase === 'init') throw new HostError('Making cookie jars in the init context is not supported')
  return vuJar(vu)
}

function setResponseCallback(vu: VirtualUser, callback: unknown): void {
  if (callback !== null && !(callback instanceof ExpectedStatuses)) {
    throw new HostError('unsupported argument, expected http.expectedStatuses')
  }
  httpOf(vu).callback = callback
}

/** Scripts may leave out `new`. */
const callableCookieJar = new Proxy(CookieJar, { apply: () => new CookieJar() })
