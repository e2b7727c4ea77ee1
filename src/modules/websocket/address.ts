/** From a URL to what is dialled. Virtual users connect to the same few URLs again and again, so the last ones are remembered. */
import { targetOf, type WebSocketTarget } from '../../net/websocket/target.js'

export interface Address {
  /** What the property `url` shows, and the tags. */
  readonly url: string
  /** An error here is a failure to connect. */
  readonly target: WebSocketTarget | Error
}

const REMEMBERED = 256
const addresses = new Map<string, Address>()

/** The address of a URL that was asked for before; undefined for a new one. */
export function knownAddress(url: string): Address | undefined {
  return addresses.get(url)
}

export function addressOf(url: string): Address {
  let address = addresses.get(url)
  if (address === undefined) {
    if (addresses.size >= REMEMBERED) addresses.clear()
    address = { url, target: tryTarget(url) }
    addresses.set(url, address)
  }
  return address
}

function tryTarget(url: string): WebSocketTarget | Error {
  try {
    return targetOf(url)
  } catch (error) {
    return error as Error
  }
}
