/**
 * GraphQL subscriptions with the package `graphql-ws` over the package `ws`.
 *
 *   npm install graphql-ws graphql ws
 *   sockeye run -e GRAPHQL_URL=ws://localhost:4000/graphql examples/npm/graphql-ws.ts
 */
import { createClient } from 'graphql-ws'
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import WebSocket from 'ws'

export const options = {
  vus: 200,
  iterations: 200,
  thresholds: { checks: ['rate==1'], graphql_events: ['count==400'] },
}

const events = new Counter('graphql_events')

export default async function () {
  const client = createClient({
    url: __ENV.GRAPHQL_URL || 'ws://localhost:4000/graphql',
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  const values: unknown[] = []
  for await (const { data } of client.iterate({ query: 'subscription { countdown(from: 2) }' })) {
    events.add(1)
    values.push(data?.['countdown'])
  }
  check(values.join(), { 'both events': (text) => text === '2,1' })
  await client.dispose()
}
