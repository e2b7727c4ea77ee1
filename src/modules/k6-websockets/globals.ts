/**
 * The globals that the standard has and k6 does not, for libraries written for browsers: `WebSocket` of each VU, and the classes that
 * all VUs of a thread share.
 */
import type { VirtualUser } from '../../vu/virtual-user.js'
import { StandardBlob } from './blob.js'
import { CloseEvent, ErrorEvent, MessageEvent } from './events.js'
import { standardDialect } from './standard-dialect.js'
import { createWebSocketClass } from './websocket.js'

export const sharedWebSocketGlobals = { Blob: StandardBlob, CloseEvent, ErrorEvent, MessageEvent } as const

export function createGlobalWebSocket(vu: VirtualUser): unknown {
  return createWebSocketClass(vu, standardDialect)
}
