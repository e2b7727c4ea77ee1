/** From the arguments of `ws.connect` to what the WebSocket client needs: the request, and the way to the server. */
import { environmentProxy } from '../../net/proxy.js'
import type { WebSocketSettings } from '../../net/websocket/client.js'
import { type Handshake, prepareHandshake } from '../../net/websocket/handshake.js'
import { targetOf, type WebSocketTarget } from '../../net/websocket/target.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { cookieHeader, vuJar } from '../cookie-jar.js'
import type { ConnectArguments } from './arguments.js'

const NO_PROTOCOLS: readonly string[] = []

/** Nearly all sessions of a thread go to the same few places. */
const targets = new Map<string, WebSocketTarget>()
const MOST_TARGETS = 64

function cachedTarget(url: string): WebSocketTarget {
  let target = targets.get(url)
  if (target === undefined) {
    target = targetOf(url)
    if (targets.size < MOST_TARGETS) targets.set(url, target)
  }
  return target
}

/** Throws a WebSocketError for a URL or a header that cannot be used. */
export function handshakeOf(vu: VirtualUser, { url, headers, jar, deflate }: ConnectArguments): Handshake {
  return prepareHandshake({
    target: cachedTarget(url),
    headers,
    userAgent: vu.shard.settings.userAgent,
    cookies: cookieHeader(jar ?? vuJar(vu), url),
    protocols: NO_PROTOCOLS,
    deflate,
  })
}

/** Nearly all sessions of a thread have the same. */
let shared: WebSocketSettings | null = null

/** Throws a DialError for a proxy that cannot be used. */
export function settingsOf({ localAddress }: VirtualUser, { url, limits }: ConnectArguments): WebSocketSettings {
  const proxy = environmentProxy(url)
  if (shared === null || shared.limits !== limits || shared.localAddress !== localAddress || shared.proxy !== proxy) {
    shared = { strictUtf8: false, localAddress, proxy, limits }
  }
  return shared
}
