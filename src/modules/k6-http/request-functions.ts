/**
 * The blocking functions of `k6/http`, each in its two forms: one that pauses the VU, and one for callers that cannot pause.
 *
 * Memory  every VU has all of these functions. Their `name` and `length` are left as the language sets them: defining one of the two costs 250
 *         bytes for each function
 * Source  docs/spec/http.md §2.1
 */
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { batch } from './batch.js'
import { send } from './requests.js'

type Given = unknown
type Blocking = ((...args: Given[]) => unknown) & { [PAUSE]?: (...args: Given[]) => Twin }

const NAMES = ['get', 'head', 'post', 'put', 'patch', 'options', 'del', 'request', 'batch'] as const

export function requestFunctions(vu: VirtualUser): Record<string, unknown> {
  const twins = {
    get: (url: Given, params: Given) => send(vu, 'http.get()', { method: 'GET', url, params }),
    head: (url: Given, params: Given) => send(vu, 'http.head()', { method: 'HEAD', url, params }),
    post: (url: Given, body: Given, params: Given) => send(vu, 'http.post()', { method: 'POST', url, body, params }),
    put: (url: Given, body: Given, params: Given) => send(vu, 'http.put()', { method: 'PUT', url, body, params }),
    patch: (url: Given, body: Given, params: Given) => send(vu, 'http.patch()', { method: 'PATCH', url, body, params }),
    options: (url: Given, body: Given, params: Given) =>
      send(vu, 'http.options()', { method: 'OPTIONS', url, body, params }),
    del: (url: Given, body: Given, params: Given) => send(vu, 'http.del()', { method: 'DELETE', url, body, params }),
    request: (method: Given, url: Given, body: Given, params: Given) =>
      send(vu, 'http.request()', { method, url, body, params }),
    batch: (requests: Given) => batch(vu, requests),
  }
  const run = (twin: Twin): unknown => vu.runtime.run(twin)
  const functions: Record<keyof typeof twins, Blocking> = {
    get: (url, params) => run(twins.get(url, params)),
    head: (url, params) => run(twins.head(url, params)),
    post: (url, body, params) => run(twins.post(url, body, params)),
    put: (url, body, params) => run(twins.put(url, body, params)),
    patch: (url, body, params) => run(twins.patch(url, body, params)),
    options: (url, body, params) => run(twins.options(url, body, params)),
    del: (url, body, params) => run(twins.del(url, body, params)),
    request: (method, url, body, params) => run(twins.request(method, url, body, params)),
    batch: (requests) => run(twins.batch(requests)),
  }
  for (const name of NAMES) functions[name][PAUSE] = twins[name] as (...args: Given[]) => Twin
  return functions
}
