/**
 * Module `k6/secrets`: values that a script needs and nobody should read in a log.
 *
 * Source  docs/spec/http.md §24.4
 */
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { BuiltinModule } from '../module.js'

export const k6Secrets: BuiltinModule = {
  create: (vu, { environment: { secrets } }) => ({
    get: (key?: unknown) => asTask(vu, secrets.get(String(key))),
    source: (name?: unknown) => ({ get: (key?: unknown) => asTask(vu, secrets.get(String(key), String(name))) }),
  }),
}

/** What takes time keeps the iteration alive, and comes back as a task of the VU. */
function asTask(vu: VirtualUser, pending: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const hold = vu.hold()
    const settle = (finish: (value: never) => void, value: unknown): void => {
      vu.post(finish as (value: unknown) => void, value, undefined)
      vu.release(hold)
    }
    pending.then(
      (value) => settle(resolve as never, value),
      (error) => settle(reject as never, error),
    )
  })
}
