/**
 * The globals that the standard has and k6 does not: `WebSocket`, `Blob` and the events, for libraries written for browsers.
 *
 * Life    `WebSocket` is made for a VU when its script first looks for it: VUs that do not use it pay nothing
 */
import type { VirtualUser } from '../../vu/virtual-user.js'
import { StandardBlob } from './blob.js'
import { CloseEvent, ErrorEvent, MessageEvent } from './events.js'
import { standardDialect } from './standard-dialect.js'
import { createWebSocketClass } from './websocket.js'

/** Own property of each VU's global object under which its VU is found. */
export const VU: unique symbol = Symbol('vu')

/** Defines the globals on what stands behind the global objects of all VUs. */
export function defineWebSocketGlobals(languageGlobals: object): void {
  const shared = { Blob: StandardBlob, CloseEvent, ErrorEvent, MessageEvent }
  for (const [name, value] of Object.entries(shared)) {
    Object.defineProperty(languageGlobals, name, { value, writable: true, configurable: true })
  }
  Object.defineProperty(languageGlobals, 'WebSocket', {
    get(this: { [VU]?: VirtualUser }) {
      const vu = this[VU]
      if (vu === undefined) return undefined
      const value = createWebSocketClass(vu, standardDialect)
      define(this, value)
      return value
    },
    set(this: object, value: unknown) {
      define(this, value)
    },
    configurable: true,
  })
}

function define(global: object, value: unknown): void {
  Object.defineProperty(global, 'WebSocket', { value, writable: true, configurable: true })
}
