import type { Options } from 'k6/options'
import { WebSocket } from 'k6/websockets'
import ws from 'k6/ws'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 1,
  connectTimeout: '5s',
  handshakeTimeout: 1000,
  maxMessageSize: 1024,
  keepConnections: true,
  browserPackages: ['a'],
  sharedPackages: ['b'],
}

export default async function () {
  ws.connect('ws://host', { handshakeTimeout: '1s', maxMessageSize: 10 }, () => {})
  new WebSocket('ws://host', null, { closeTimeout: '1s' })
  await new Socket().connect({ port: 1, host: 'unix:/run/x', connectTimeout: 500 })
  // @ts-expect-error It is a number of bytes.
  const wrong: Options = { maxMessageSize: 'large' }
  return wrong
}
