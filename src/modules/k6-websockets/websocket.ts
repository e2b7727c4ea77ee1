/**
 * The class `WebSocket`, as scripts see it. What it does is in core.ts.
 *
 * Shape   all VUs of a thread share one base class. Each VU has constructors of its own, so that what a script adds to their prototypes stays in its
 *         VU. On k6 they can be called without `new`.
 * Source  docs/spec/sockets.md §3.3, §3.4; WebSockets Standard §3
 */
import { CLOSED, CLOSING, CONNECTING, OPEN } from '../../net/websocket/client.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { WebSocketCore } from './core.js'
import type { Dialect } from './dialect.js'
import type { SocketEventType } from './events.js'
import {
  callListeners,
  handlerOf,
  hasCallback,
  Listener,
  withHandler,
  withListener,
  withoutCallback,
} from './listeners.js'

const EVENTS: readonly SocketEventType[] = ['open', 'message', 'error', 'close', 'ping', 'pong']

export class WebSocketBase {
  readonly #core: WebSocketCore

  constructor(
    vu: VirtualUser,
    dialect: Dialect,
    from: (...args: never[]) => unknown,
    url: unknown,
    protocols: unknown,
    params: unknown,
  ) {
    this.#core = new WebSocketCore(vu, dialect, this, from, url, protocols, params)
  }

  /** Hot. */
  send(data: unknown): void {
    this.#core.send(data)
  }

  ping(): void {
    this.#core.ping()
  }

  close(code?: unknown, reason?: unknown): void {
    this.#core.close(code, reason)
  }

  addEventListener(type: unknown, callback: unknown, options?: unknown): void {
    const core = this.#core
    const event = String(type)
    if (!isEvent(event)) {
      if (!core.dialect.isStandard) {
        core.vu.shard.log.warning(`can't add event handler: unknown event type: ${event}`)
      }
      return
    }
    const listener = core.dialect.parseListener(event, callback)
    if (listener === undefined) return
    const { once, signal } = optionsOf(options)
    if (signal?.aborted) return
    if (core.dialect.isStandard && hasCallback(core.listeners[event], listener)) return
    const added = new Listener(listener, false, Boolean(once))
    core.listeners[event] = withListener(core.listeners[event], added)
    signal?.addEventListener('abort', () => core.removeListener(event, added))
  }

  /** Removes the function also when it was added several times. */
  removeEventListener(type: unknown, callback: unknown): void {
    const core = this.#core
    const event = String(type)
    if (isEvent(event)) core.listeners[event] = withoutCallback(core.listeners[event], callback)
  }

  /** Calls the listeners of an event that the script made. */
  dispatchEvent(event: unknown): boolean {
    if (!(event instanceof Event)) throw new TypeError("parameter 1 of 'dispatchEvent' must be an Event")
    const core = this.#core
    const listeners = isEvent(event.type) ? core.listeners[event.type] : null
    const twin = listeners === null ? undefined : callListeners(listeners, core, this, event)
    // dispatchEvent returns when all listeners have run, so none of them can pause.
    if (twin !== undefined && !twin.next().done) throw new TypeError('a listener called by dispatchEvent cannot pause')
    return !event.defaultPrevented
  }

  static {
    const prototype = WebSocketBase.prototype
    const define = (
      name: string,
      get: (core: WebSocketCore) => unknown,
      set: (core: WebSocketCore, value: unknown) => void,
    ) => {
      Object.defineProperty(prototype, name, {
        get(this: WebSocketBase) {
          return get(this.#core)
        },
        set(this: WebSocketBase, value: unknown) {
          set(this.#core, value)
        },
        enumerable: true,
        configurable: true,
      })
    }
    const readOnly = (name: string, get: (core: WebSocketCore) => unknown): void =>
      define(name, get, () => {
        throw new TypeError(`Cannot assign to read only property '${name}'`)
      })
    readOnly('url', (core) => core.url)
    readOnly('readyState', (core) => core.readyState)
    readOnly('bufferedAmount', (core) => core.bufferedAmount)
    readOnly('protocol', (core) => core.protocol)
    readOnly('extensions', (core) => (core.dialect.isStandard ? core.extensions.join(', ') : [...core.extensions]))
    define(
      'binaryType',
      (core) => core.binaryType,
      (core, value) => {
        core.binaryType = core.dialect.parseBinaryType(value, core.binaryType)
      },
    )
    for (const event of EVENTS) {
      define(
        `on${event}`,
        (core) => handlerOf(core.listeners[event]),
        (core, value) => {
          const handler = core.dialect.parseHandler(event, value)
          core.listeners[event] = withHandler(core.listeners[event], handler, !core.dialect.isStandard)
        },
      )
    }
    for (const name of ['send', 'ping', 'close', 'addEventListener', 'removeEventListener', 'dispatchEvent']) {
      const method = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
      Object.defineProperty(prototype, name, { ...method, enumerable: true })
    }
    defineConstants(prototype)
    Object.defineProperty(prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true })
    Object.setPrototypeOf(prototype, EventTarget.prototype)
  }
}

/** The class of one VU. */
export function createWebSocketClass(vu: VirtualUser, dialect: Dialect): new (...args: unknown[]) => WebSocketBase {
  // Makes the objects: those of a derived class share one hidden class. Scripts call the function below instead, which works without `new`.
  class VuWebSocket extends WebSocketBase {
    constructor(url: unknown, protocols: unknown, params: unknown) {
      super(vu, dialect, WebSocket, url, protocols, params)
    }
  }
  function WebSocket(url: unknown, protocols?: unknown, params?: unknown): object {
    if (new.target === undefined && dialect.isStandard) {
      throw new TypeError("Class constructor WebSocket cannot be invoked without 'new'")
    }
    if (new.target === undefined || new.target === WebSocket) return new VuWebSocket(url, protocols, params)
    return Reflect.construct(VuWebSocket, [url, protocols, params], new.target)
  }
  // The standard counts required parameters: `url` is the only one.
  Object.defineProperty(WebSocket, 'length', { value: 1, configurable: true })
  Object.defineProperty(WebSocket, 'prototype', { value: VuWebSocket.prototype, writable: false })
  Object.defineProperty(VuWebSocket.prototype, 'constructor', { value: WebSocket })
  defineConstants(WebSocket)
  return WebSocket as unknown as new (
    ...args: unknown[]
  ) => WebSocketBase
}

function defineConstants(object: object): void {
  for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
    Object.defineProperty(object, name, { value, enumerable: true })
  }
}

function isEvent(type: string): type is SocketEventType {
  return (EVENTS as readonly string[]).includes(type)
}

/** `options` may be a boolean, the standard's `capture`. It changes nothing here: a socket has no parents. */
function optionsOf(options: unknown): { readonly once?: unknown; readonly signal?: AbortSignal } {
  return typeof options === 'object' && options !== null ? options : {}
}
