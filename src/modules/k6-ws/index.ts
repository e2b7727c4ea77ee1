/** Module `k6/ws`: one function, `connect`, which blocks the VU while the session lasts. */
import type { BuiltinModule } from '../module.js'
import { createConnect } from './connect.js'

export const k6Ws: BuiltinModule = {
  // The `close` handlers run inside close(), and they may pause.
  create: (vu) => ({ connect: createConnect(vu) }),
}
