/** How a WebSocket connects and reads. Nearly all sockets of a thread do it in the same way, and share one object. */
import type { SocketLimits } from '../../net/limits.js'
import type { ProxyServer } from '../../net/proxy.js'
import type { WebSocketSettings } from '../../net/websocket/client.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

const shared = new Map<string, WebSocketSettings>()

export function settingsFor(
  { localAddress, shard }: VirtualUser,
  strictUtf8: boolean,
  proxy: ProxyServer | null,
  limits: SocketLimits,
): WebSocketSettings {
  const own = { strictUtf8, localAddress, proxy, limits }
  if (proxy !== null || limits !== shard.dialer.limits) return own
  const key = `${strictUtf8} ${localAddress}`
  const known = shared.get(key)
  if (known?.limits === limits) return known
  shared.set(key, own)
  return own
}
