/**
 * The tasks of the VU that deliver a socket's events to the script. They are functions of this file and no closures, to save memory for each
 * connection.
 *
 * Errors  an exception in an `open` or `message` listener ends the connection: `error` and `close` are delivered, then the iteration fails
 *         with the exception. An exception in another listener fails the iteration at once.
 * Source  docs/spec/sockets.md §3.5, §3.10
 */

import { CLOSED, CONNECTING, OPEN } from '../../net/websocket/client.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { Twin } from '../../pausable/runtime/pause.js'
import { inGroup } from '../../vu/script-calls.js'
import type { WebSocketCore } from './core.js'
import { droppedBy, type Ending } from './ending.js'
import { SocketCloseEvent, SocketErrorEvent, SocketEvent, SocketMessageEvent } from './events.js'
import { callListeners, type Listeners } from './listeners.js'

export function deliverOpened(core: WebSocketCore, response: HandshakeResponse): Twin | undefined {
  if (core.readyState === CLOSED) return undefined
  core.established(response)
  if (core.readyState !== CONNECTING) {
    // close() was called meanwhile, or the iteration has failed and the client is closing already.
    if (core.earlyClose !== null) core.sendClose(core.earlyClose)
    return undefined
  }
  core.readyState = OPEN
  const { open } = core.listeners
  return open === null ? undefined : callGuarded(core, open, new SocketEvent('open', core.target))
}

/** Hot. */
export function deliverMessage(core: WebSocketCore, data: string | ArrayBuffer): Twin | undefined {
  core.messageTaken(data)
  if (core.readyState !== OPEN) return undefined
  core.metrics.countReceived()
  const { message } = core.listeners
  if (message === null) return undefined
  const payload =
    typeof data === 'string' || core.binaryType === 'arraybuffer' ? data : core.dialect.toBlob(new Uint8Array(data))
  return callGuarded(core, message, new SocketMessageEvent('message', core.target, payload, core.origin))
}

export function deliverPing(core: WebSocketCore): Twin | undefined {
  core.controlTaken()
  const { ping } = core.listeners
  if (ping === null || core.readyState !== OPEN) return undefined
  return call(core, ping, new SocketEvent('ping', core.target))
}

export interface Pong {
  readonly id: string
  /** Time since our ping; null for a pong that answers no ping of ours. */
  readonly milliseconds: number | null
}

export function deliverPong(core: WebSocketCore, { id, milliseconds }: Pong): Twin | undefined {
  core.controlTaken()
  if (core.readyState !== OPEN) return undefined
  if (milliseconds === null) core.vu.shard.log.warning(`received pong for unknown ping ID ${id}`)
  else core.metrics.add('ws_ping', milliseconds)
  const { pong } = core.listeners
  return pong === null ? undefined : call(core, pong, new SocketEvent('pong', core.target))
}

/** The connection has ended, or the handshake has failed. Delivers `error`, if there is one, then `close` in a task of its own. */
export function deliverEnded(core: WebSocketCore, ending: Ending): Twin | undefined {
  if (core.readyState === CLOSED) return undefined
  core.ended(ending)
  if (ending.error === null) return deliverClosed(core, ending)
  core.vu.post(deliverClosed, core, ending)
  return callError(core, ending)
}

function deliverClosed(core: WebSocketCore, ending: Ending): Twin | undefined {
  core.closed()
  const { close } = core.listeners
  if (close === null) return undefined
  const { code, reason, wasClean } = ending
  return call(core, close, new SocketCloseEvent('close', core.target, code, reason, wasClean))
}

function callError(core: WebSocketCore, ending: Ending): Twin | undefined {
  const { error } = core.listeners
  if (error === null) {
    core.reportUnheard(ending)
    return undefined
  }
  const value = core.dialect.isStandard ? core.errorOf(ending.message) : ending.error
  return call(core, error, new SocketErrorEvent('error', core.target, value, ending.message))
}

function call(core: WebSocketCore, listeners: NonNullable<Listeners>, event: SocketEvent): Twin | undefined {
  const { group, vu } = core
  if (vu.groupPath === group) return callListeners(listeners, core, core.target, event)
  return inGroup(vu, group, () => callListeners(listeners, core, core.target, event))
}

/** Hot. Calls listeners of `open` or `message`: their exceptions end the connection. */
function callGuarded(core: WebSocketCore, listeners: NonNullable<Listeners>, event: SocketEvent): Twin | undefined {
  let twin: Twin | undefined
  try {
    twin = call(core, listeners, event)
  } catch (error) {
    return failAfterDrop(core, error)
  }
  return twin === undefined ? undefined : guard(core, twin)
}

function* guard(core: WebSocketCore, twin: Twin): Twin {
  try {
    yield* twin
  } catch (error) {
    yield* failAfterDrop(core, error)
  }
  return undefined
}

function* failAfterDrop(core: WebSocketCore, exception: unknown): Twin {
  if (core.readyState !== CLOSED) {
    const ending = droppedBy(exception, core.dialect.isStandard)
    core.drop()
    core.ended(ending)
    // Without a listener nothing is logged here: the iteration fails with the exception, and that is logged.
    if (core.listeners.error !== null) yield* ignoringErrors(() => callError(core, ending))
    yield* ignoringErrors(() => deliverClosed(core, ending))
  }
  throw exception
}

/** Delivers an event after an exception. The iteration fails with that first exception, so exceptions of these listeners are ignored. */
function* ignoringErrors(deliverEvent: () => Twin | undefined): Twin {
  try {
    const twin = deliverEvent()
    if (twin !== undefined) yield* twin
  } catch {}
  return undefined
}
