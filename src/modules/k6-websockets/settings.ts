/** How a socket connects and reads: the same for nearly all sockets of a thread, so they share one object. */
import { environmentProxy, type ProxyServer } from '../../net/proxy.js'
import { DEFAULT_SETTINGS, type WebSocketSettings } from '../../net/websocket/client.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

const direct = new Map<string, WebSocketSettings>()

export function settingsFor(vu: VirtualUser, strictUtf8: boolean, proxy: ProxyServer | null): WebSocketSettings {
  const { localAddress } = vu
  if (proxy !== null) return { ...DEFAULT_SETTINGS, strictUtf8, localAddress, proxy }
  const key = `${strictUtf8} ${localAddress}`
  let settings = direct.get(key)
  if (settings === undefined) {
    settings = { ...DEFAULT_SETTINGS, strictUtf8, localAddress, proxy }
    direct.set(key, settings)
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
