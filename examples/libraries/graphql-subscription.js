/**
 * GraphQL subscriptions with the client that web applications use, `graphql-ws`. It opens the global `WebSocket`, which inside a
 * virtual user is measured like every other socket.
 *
 *   npm install graphql-ws graphql
 *   sockeye run -e GRAPHQL_URL=ws://localhost:4000/graphql examples/libraries/graphql-subscription.js
 *
 * The server must have the field `countdown(from: Int!): Int!` on its type Subscription.
 */
import { createClient } from 'graphql-ws'
import { check } from 'k6'
import { Trend } from 'k6/metrics'

export const options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    first_result: ['p(95)<1000'],
    'ws_sessions{subproto:graphql-transport-ws}': ['count==4'],
    ws_handshake_failures: ['count==0'],
  },
}

const GRAPHQL_URL = __ENV.GRAPHQL_URL || 'ws://localhost:4000/graphql'
const firstResult = new Trend('first_result', true)

export default async function () {
  const client = createClient({ url: GRAPHQL_URL, retryAttempts: 0 })
  const startedAt = Date.now()
  const seen = []

  for await (const { data } of client.iterate({
    query: 'subscription { countdown(from: 3) }',
  })) {
    if (seen.length === 0) firstResult.add(Date.now() - startedAt)
    if (data) seen.push(data.countdown)
  }

  check(seen, { 'every value came, in order': (values) => values.join() === '3,2,1' })
  await client.dispose()
}
