/**
 * Redis with the package `redis` (node-redis). With keepConnections a client in module scope lives as long as its VU: it connects
 * once, and iterations measure commands only.
 *
 *   npm install redis
 *   sockeye run -e REDIS_URL=redis://localhost:6379 examples/npm/redis.ts
 */
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import { createClient } from 'redis'

export const options = {
  vus: 200,
  iterations: 2000,
  keepConnections: true,
  // A large package: evaluated once per shard, not once per VU.
  thresholds: { checks: ['rate==1'], redis_commands: ['count==4000'], tcp_errors: ['count==0'] },
}

const client = createClient({ url: __ENV.REDIS_URL || 'redis://localhost:6379' })
client.on('error', (error) => console.error(error.message))
const commands = new Counter('redis_commands')

export default async function () {
  if (!client.isOpen) await client.connect()
  const key = `counter:${__VU}`
  const before = Number(await client.get(key))
  const after = await client.incr(key)
  commands.add(2)
  check(after, { 'one more': (value) => value === before + 1 })
}
