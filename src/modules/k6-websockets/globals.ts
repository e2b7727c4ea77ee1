/**
 * The globals that the standard has and k6 does not, for libraries written for browsers: `WebSocket` of each VU, and the classes that
 * all VUs of a thread share.
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
