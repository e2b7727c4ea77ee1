/**
 * Goals per kind of traffic: tags on sockets and on single writes split every metric, and thresholds are set on the parts. A
 * threshold that is missed makes the exit code 99.
 *
 *   sockeye run --echo --tag team=checkout examples/tcp/tags-and-thresholds.ts
 */
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 6,
  tags: { environment: 'example' },
  thresholds: {
    'tcp_sockets{service:orders}': ['count==6'],
    'tcp_writes{operation:create}': ['count==6'],
    'tcp_writes{operation:cancel}': ['count==12'],
    'tcp_socket_duration{service:orders}': ['p(95)<10000'],
    'tcp_errors{environment:example}': ['count==0'],
    // Ends the test early instead of running on when nothing works.
    tcp_errors: [{ threshold: 'count<10', abortOnFail: true }],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const EXPECTED = 'create;cancel;cancel;'

export default async function () {
  const socket = new Socket({ tags: { service: 'orders' } })
  let answers = ''
  socket.on('data', (data) => {
    answers += new TextDecoder().decode(data)
    if (answers.length >= EXPECTED.length) socket.destroy()
  })

  await socket.connect({ host: HOST, port: PORT })
  await socket.write('create;', { tags: { operation: 'create' } })
  await socket.write('cancel;', { tags: { operation: 'cancel' } })
  await socket.write('cancel;', { tags: { operation: 'cancel' } })
}
