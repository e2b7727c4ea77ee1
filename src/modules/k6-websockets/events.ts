/**
 * The event objects of WebSockets. They have k6's fields for scripts, and the standard's for libraries made for browsers.
 *
 * Shape   own enumerable fields are k6's (`type`, `target`, `timestamp`, then those of the event), `wasClean` and `message`; all other fields
 *         of the standard are getters of the prototypes. All events are `instanceof Event`.
 * Units   `timestamp` is milliseconds since the Unix epoch, `timeStamp` since the thread began (both with fractions)
 * Source  docs/spec/sockets.md §3.5; DOM Standard §2.2; WebSockets Standard §6; HTML Standard §9.1 (MessageEvent)
 */
const { timeOrigin } = performance

export type SocketEventType = 'open' | 'message' | 'ping' | 'pong' | 'error' | 'close'

/** Events for which a listener has called stopImmediatePropagation(). */
const stopped = new WeakSet<object>()

export function isStopped(event: object): boolean {
  return stopped.has(event)
}

/** The class of `open`, `ping` and `pong`, and the base of the other classes. */
export class SocketEvent {
  readonly type: string
  readonly target: object | null
  readonly timestamp: number

  constructor(type: string, target: object | null) {
    this.type = type
    this.target = target
    this.timestamp = timeOrigin + performance.now()
  }

  get timeStamp(): number {
    return this.timestamp - timeOrigin
  }

  get currentTarget(): object | null {
    return this.target
  }

  get srcElement(): object | null {
    return this.target
  }

  get eventPhase(): number {
    return AT_TARGET
  }

  get isTrusted(): boolean {
    return true
  }

  get bubbles(): boolean {
    return false
  }

  get cancelable(): boolean {
    return false
  }

  get composed(): boolean {
    return false
  }

  get defaultPrevented(): boolean {
    return false
  }

  get returnValue(): boolean {
    return true
  }

  get cancelBubble(): boolean {
    return false
  }

  composedPath(): object[] {
    return this.target === null ? [] : [this.target]
  }

  /** Does nothing: these events are not cancelable. */
  preventDefault(): void {}

  /** Does nothing: a socket has no parents. */
  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    stopped.add(this)
  }
}

const AT_TARGET = 2

Object.setPrototypeOf(SocketEvent.prototype, Event.prototype)

export interface MessageInit {
  readonly data?: unknown
  readonly origin?: string
}

export interface CloseInit {
  readonly code?: number
  readonly reason?: string
  readonly wasClean?: boolean
}

export interface ErrorInit {
  readonly error?: unknown
  readonly message?: string
}

/** Hot: one for each message. */
export class SocketMessageEvent extends SocketEvent {
  readonly data: unknown
  readonly origin: string

  constructor(type: string, target: object | null, data: unknown, origin: string) {
    super(type, target)
    this.data = data
    this.origin = origin
  }

  get lastEventId(): string {
    return ''
  }

  get source(): null {
    return null
  }

  get ports(): readonly never[] {
    return []
  }
}

export class SocketCloseEvent extends SocketEvent {
  /** Absent when the connection ended without a close code. */
  declare readonly code?: number
  declare readonly reason: string
  declare readonly wasClean: boolean

  constructor(type: string, target: object | null, code: number | undefined, reason: string, wasClean: boolean) {
    super(type, target)
    if (code !== undefined) this.code = code
    this.reason = reason
    this.wasClean = wasClean
  }
}

export class SocketErrorEvent extends SocketEvent {
  readonly error: unknown
  /** The text of the error, with more detail for some errors. */
  readonly message: string

  constructor(type: string, target: object | null, error: unknown, message: string) {
    super(type, target)
    this.error = error
    this.message = message
  }
}

/** The constructors that scripts and libraries may use: `new MessageEvent('message', { data })`. */
export const MessageEvent = constructorOf('MessageEvent', SocketMessageEvent, (type, init: MessageInit) => [
  type,
  null,
  init.data === undefined ? null : init.data,
  String(init.origin ?? ''),
])

export const CloseEvent = constructorOf('CloseEvent', SocketCloseEvent, (type, init: CloseInit) => [
  type,
  null,
  Number(init.code ?? 0),
  String(init.reason ?? ''),
  Boolean(init.wasClean),
])

export const ErrorEvent = constructorOf('ErrorEvent', SocketErrorEvent, (type, init: ErrorInit) => [
  type,
  null,
  init.error === undefined ? null : init.error,
  String(init.message ?? ''),
])

/**
 * The constructor that scripts call, for a class whose own constructor is quicker: it takes no options. Both have one prototype, so
 * `instanceof` does not tell them apart.
 */
function constructorOf<Init>(
  name: string,
  internal: new (...args: never[]) => SocketEvent,
  argumentsOf: (type: string, init: Init) => unknown[],
): new (
  type: string,
  init?: Init,
) => SocketEvent {
  function construct(this: unknown, type: unknown, init?: Init): object {
    if (new.target === undefined) throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`)
    if (type === undefined)
      throw new TypeError(`Failed to construct '${name}': 1 argument required, but only 0 present.`)
    return Reflect.construct(internal, argumentsOf(String(type), init ?? ({} as Init)), new.target)
  }
  Object.defineProperty(construct, 'name', { value: name })
  Object.defineProperty(construct, 'prototype', { value: internal.prototype, writable: false })
  Object.defineProperty(internal.prototype, 'constructor', { value: construct, writable: true, configurable: true })
  Object.defineProperty(internal.prototype, Symbol.toStringTag, { value: name, configurable: true })
  return construct as unknown as new (
    type: string,
    init?: Init,
  ) => SocketEvent
}
