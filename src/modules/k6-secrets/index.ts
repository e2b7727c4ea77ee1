/**
 * Module `k6/secrets`: values that a script needs and that must not appear in a log.
 *
 * Source  docs/spec/http.md §24.4
 */
import { asTaskPromise } from '../../node/index.js'
import type { BuiltinModule } from '../module.js'

export const k6Secrets: BuiltinModule = {
  create: (vu, { environment: { secrets } }) => ({
    get: (key?: unknown) => asTaskPromise(secrets.get(String(key)), vu),
    source: (name?: unknown) => ({ get: (key?: unknown) => asTaskPromise(secrets.get(String(key), String(name)), vu) }),
  }),
}
