/** How a socket connects and reads: the same for nearly all sockets of a thread, so they share one object. */
import type { SocketLimits } from '../../net/limits.js'
import { environmentProxy, type ProxyServer } from '../../net/proxy.js'
import type { WebSocketSettings } from '../../net/websocket/client.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

const shared = new Map<string, WebSocketSettings>()

export function settingsFor(
  { localAddress, shard }: VirtualUser,
  strictUtf8: boolean,
  proxy: ProxyServer | null,
  limits: SocketLimits,
): WebSocketSettings {
  if (proxy !== null || limits !== shard.dialer.limits) return { strictUtf8, localAddress, proxy, limits }
  const key = `${strictUtf8} ${localAddress}`
  let settings = shared.get(key)
  if (settings === undefined) {
    settings = { strictUtf8, localAddress, proxy, limits }
    shared.set(key, settings)
  }
  return settings
}

/** The proxy that the environment names for a URL; an error when it cannot be used. */
export function proxyOf(url: string): ProxyServer | null | Error {
  try {
    return environmentProxy(url)
  } catch (error) {
    return error as Error
  }
}
