import { check } from 'k6'
import { WebSocket } from 'k6/experimental/websockets'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import tcp, { type SocketState, type TCPError, Socket as TcpSocket } from 'k6/x/tcp'

export const options: Options = { vus: 1, iterations: 1 }
const bytes = new Counter('bytes')

export default async function (): Promise<void> {
  const socket = new TcpSocket({ tags: { service: 'echo', shard: 1 } })
  const state: SocketState = socket.ready_state
  socket.on('data', (data) => {
    const received: Uint8Array = data
    bytes.add(received.byteLength)
  })
  socket.on('error', (error) => {
    const typed: TCPError = error
    console.error(typed.error(), typed.method, typed.message)
  })
  await socket.connect(__ENV['PORT'] ?? '7007', 'localhost')
  await new tcp.Socket().connect({ port: 7008, tls: true, tags: { a: 'b' } })
  await socket.write(new TextEncoder().encode('hello'), { tags: { kind: 'hello' } })
  await socket.write('aGk=', { encoding: 'base64' })
  const port: number | undefined = socket.setTimeout(100).remote_port
  check(port, { 'has a port': (value) => value !== undefined })
  const timer = setTimeout(() => socket.destroy(), 10)
  clearTimeout(timer)
  console.log(state, new WebSocket('ws://localhost').readyState, new TextDecoder().decode(new ArrayBuffer(0)))

  // @ts-expect-error the state cannot be set
  socket.ready_state = 'open'
  // @ts-expect-error there is no such event
  socket.on('end', () => {})
  // @ts-expect-error numbers cannot be written
  await socket.write(5)
  // @ts-expect-error there is no such encoding
  await socket.write('x', { encoding: 'latin1' })
  // @ts-expect-error a listener of data gets bytes, not text
  socket.on('data', (text: string) => text)
}
