// SET and GET with ioredis, one after the other, as often as possible within the given time. Runs in plain Node, too.
import { Redis } from 'ioredis'

const SECONDS = Number(__ENV.SECONDS)
export const options = {
  sharedPackages: [],
  scenarios: { s: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS), iterations: 1, maxDuration: '10m' } },
}
let clients = 0

export default async function () {
  const redis = new Redis(Number(__ENV.PORT), '127.0.0.1')
  const key = `key:${++clients}:${Math.random()}`
  const end = Date.now() + SECONDS * 1000
  let operations = 0
  while (Date.now() < end) {
    await redis.set(key, 'value')
    await redis.get(key)
    operations += 2
  }
  console.log(`operations ${operations}`)
  await redis.quit()
}
