/**
 * The object that the callback of `ws.connect` gets. Its methods are own functions that need no `this`, so scripts may pass them on.
 *
 * Source  docs/spec/sockets.md §2.6
 */
import { CLOSE_GOING_AWAY } from '../../net/websocket/close-code.js'
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { binaryOf, closeCodeOf } from './arguments.js'
import type { WsSession } from './session.js'

type CloseMethod = ((...code: unknown[]) => void) & { [PAUSE]?: (...code: unknown[]) => Twin }

export class Socket {
  readonly close: CloseMethod
  readonly on: (event: unknown, handler: unknown) => void
  readonly ping: () => void
  readonly send: (data: unknown) => void
  readonly sendBinary: (...data: unknown[]) => void
  readonly setInterval: (callback: unknown, ms: unknown) => void
  readonly setTimeout: (callback: unknown, ms: unknown) => void

  constructor(session: WsSession) {
    this.close = (...code) => session.close(codeOf(code))
    this.close[PAUSE] = (...code) => session.closing(codeOf(code))
    this.on = (event, handler) => session.on(event, handler)
    this.ping = () => session.ping()
    this.send = (data) => session.sendText(typeof data === 'string' ? data : String(data ?? ''))
    this.sendBinary = (...data) => session.sendBinary(binaryOf(data))
    this.setInterval = (callback, ms) => session.timers.add('setInterval', callback, ms)
    this.setTimeout = (callback, ms) => session.timers.add('setTimeout', callback, ms)
  }
}

/** `close()` means 1001; `close(undefined)` means 0. */
function codeOf(args: readonly unknown[]): number {
  return args.length === 0 ? CLOSE_GOING_AWAY : closeCodeOf(args[0])
}
