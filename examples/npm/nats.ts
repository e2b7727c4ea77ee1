/**
 * NATS with the package `@nats-io/transport-node`: a request and its answer, both by the same VU.
 *
 *   npm install @nats-io/transport-node
 *   sockeye run -e NATS_URL=localhost:4222 examples/npm/nats.ts
 */
import { connect } from '@nats-io/transport-node'
import { check } from 'k6'
import { Trend } from 'k6/metrics'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], nats_request: ['p(95)<10000'] },
}

const requests = new Trend('nats_request', true)

export default async function () {
  const connection = await connect({ servers: __ENV.NATS_URL || 'localhost:4222', reconnect: false })
  const subject = `echo.${__VU}`
  connection.subscribe(subject, { callback: (_error, message) => message.respond(message.data) })
  const start = Date.now()
  const answer = await connection.request(subject, `hello ${__ITER}`, { timeout: 30000 })
  requests.add(Date.now() - start)
  check(answer, { 'the answer is the question': (message) => message.string() === `hello ${__ITER}` })
  await connection.close()
}
