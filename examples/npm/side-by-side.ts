/**
 * Three systems side by side, each with its own client library, its own load, its own limits.
 *
 *   npm install ioredis pg @nats-io/transport-node
 *   sockeye run -e REDIS=redis://… -e POSTGRES=postgres://… -e NATS=host:4222 examples/npm/side-by-side.ts
 */
import { connect } from '@nats-io/transport-node'
import Redis from 'ioredis'
import { Trend } from 'k6/metrics'
import pg from 'pg'

const latency = new Trend('latency', true)
const load = (exec: string) => ({ executor: 'constant-vus', exec, vus: 70, duration: '3s', tags: { system: exec } })
export const options = {
  scenarios: { redis: load('redis'), postgres: load('postgres'), nats: load('nats') },
  thresholds: {
    'latency{system:redis}': ['p(95)<5000'],
    'latency{system:postgres}': ['p(95)<10000'],
    'latency{system:nats}': ['p(95)<5000'],
    tcp_errors: ['count==0'],
  },
}

async function measured(work: Promise<unknown>, start = Date.now()) {
  await work
  latency.add(Date.now() - start)
}

export async function redis() {
  const client = new Redis(__ENV.REDIS)
  await measured(client.incr('visits'))
  await client.quit()
}

export async function postgres() {
  const pool = new pg.Pool({ connectionString: __ENV.POSTGRES, max: 1 })
  await measured(pool.query('SELECT count(*) FROM pg_class'))
  await pool.end()
}

export async function nats() {
  const client = await connect({ servers: __ENV.NATS })
  client.publish('visits', `${__VU}`)
  await measured(client.flush())
  await client.close()
}
