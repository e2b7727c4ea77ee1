/**
 * Module `k6/http`.
 *
 * Source  docs/spec/http.md §1
 */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { CookieJar, vuJar } from '../cookie-jar.js'
import type { BuiltinModule } from '../module.js'
import { batch } from './batch.js'
import { CONSTANTS } from './constants.js'
import { file } from './file-data.js'
import { httpOf } from './http-vu.js'
import { createPageActions } from './page-actions.js'
import { blocking, send, sendAsync } from './requests.js'
import { ExpectedStatuses, expectedStatuses } from './statuses.js'
import { url } from './url-template.js'

const WITHOUT_BODY = { get: 'GET', head: 'HEAD' } as const
const WITH_BODY = { post: 'POST', put: 'PUT', patch: 'PATCH', options: 'OPTIONS', del: 'DELETE' } as const

export const k6Http: BuiltinModule = {
  create(vu) {
    httpOf(vu).actions = createPageActions(vu)
    const exports: Record<string, unknown> = { ...CONSTANTS }
    for (const [name, method] of Object.entries(WITHOUT_BODY)) {
      exports[name] = blocking(vu, name, 2, (target, params) =>
        send(vu, `http.${name}()`, { method, url: target, params }),
      )
    }
    for (const [name, method] of Object.entries(WITH_BODY)) {
      exports[name] = blocking(vu, name, 3, (target, body, params) =>
        send(vu, `http.${name}()`, { method, url: target, body, params }),
      )
    }
    exports['request'] = blocking(vu, 'request', 4, (method, target, body, params) =>
      send(vu, 'http.request()', { method, url: target, body, params }),
    )
    exports['batch'] = blocking(vu, 'batch', 1, (...args) => batch(vu, args))
    exports['asyncRequest'] = (method: unknown, target: unknown, body?: unknown, params?: unknown) =>
      sendAsync(vu, { method, url: target, body, params })
    exports['setResponseCallback'] = (callback: unknown) => setResponseCallback(vu, callback)
    exports['cookieJar'] = () => currentJar(vu)
    return Object.assign(exports, { CookieJar: callableCookieJar, expectedStatuses, file, url })
  },
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
