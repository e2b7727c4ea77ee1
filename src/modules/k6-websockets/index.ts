/** Module `k6/websockets`, and `k6/experimental/websockets`, its old name. */
import type { VirtualUser } from '../../vu/virtual-user.js'
import { Blob } from '../blob.js'
import type { BuiltinModule } from '../module.js'
import { k6Dialect } from './k6-dialect.js'
import { createWebSocketClass } from './websocket.js'

/** Kept, so that both names give a VU the same classes. */
const exportsOf = new WeakMap<VirtualUser, object>()

function create(vu: VirtualUser): object {
  let exports = exportsOf.get(vu)
  if (exports === undefined) {
    exports = { WebSocket: createWebSocketClass(vu, k6Dialect), Blob }
    exportsOf.set(vu, exports)
  }
  return exports
}

export const k6Websockets: BuiltinModule = { create }

export const k6ExperimentalWebsockets: BuiltinModule = {
  deprecation:
    'k6/experimental/websockets is deprecated and will be removed in a future release. Please use k6/websockets instead.',
  create,
}
