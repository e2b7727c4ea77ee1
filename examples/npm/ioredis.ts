/**
 * Redis with the package `ioredis`: each iteration connects, writes and reads a key.
 *
 *   npm install ioredis
 *   sockeye run -e REDIS_URL=redis://localhost:6379 examples/npm/ioredis.ts
 */
import Redis from 'ioredis'
import { check } from 'k6'
import { Trend } from 'k6/metrics'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], redis_get: ['p(95)<5000'], tcp_sockets: ['count==400'] },
}

const reads = new Trend('redis_get', true)

export default async function () {
  const redis = new Redis(__ENV.REDIS_URL || 'redis://localhost:6379', { retryStrategy: () => null })
  const key = `user:${__VU}`
  await redis.set(key, `iteration ${__ITER}`)
  const start = Date.now()
  const value = await redis.get(key)
  reads.add(Date.now() - start)
  check(value, { 'what was written is read': (text) => text === `iteration ${__ITER}` })
  await redis.quit()
}
