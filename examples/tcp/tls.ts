/**
 * An encrypted connection. The echo server makes its own certificate, which nobody has signed, so this test does not verify it;
 * leave insecureSkipTLSVerify out when you test a real service.
 *
 *   sockeye run --echo examples/tcp/tls.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  insecureSkipTLSVerify: true,
  thresholds: {
    checks: ['rate==1'],
    tcp_sockets: ['count==4'],
    // Time to connect, TLS handshake included.
    tcp_socket_connecting: ['p(95)<5000'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TLS_ECHO_PORT || 7008

export default async function () {
  const socket = new Socket()
  const answer = new Promise<Uint8Array>((resolve) => socket.on('data', resolve))

  await socket.connect({ host: HOST, port: PORT, tls: true })
  check(socket, {
    'the connection is open': (s) => s.connected && s.ready_state === 'open',
    'it has two ends': (s) => s.local_port !== undefined && s.remote_port === Number(PORT),
  })

  await socket.write('a secret')
  const text = new TextDecoder().decode(await answer)
  check(text, { 'the secret came back': (t) => t === 'a secret' })
  socket.destroy()
}
