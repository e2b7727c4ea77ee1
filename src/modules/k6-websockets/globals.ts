/**
 * The globals of the WebSockets Standard, which k6 does not have: libraries written for browsers need them.
 */

import { StandardBlob } from '../blob.js'
import type { Globals } from '../module.js'
import { CloseEvent, ErrorEvent, MessageEvent } from './events.js'
import { standardDialect } from './standard-dialect.js'
import { createWebSocketClass } from './websocket.js'

export const webSocketGlobals: Globals = {
  perVu: { WebSocket: ({ vu }) => createWebSocketClass(vu, standardDialect) },
  shared: { Blob: StandardBlob, CloseEvent, ErrorEvent, MessageEvent },
}
