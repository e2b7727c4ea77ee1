// SET and GET with ioredis, one after the other, for SECONDS after a warm-up. Prints the processor time of the process before and after, in µs.
// Runs in plain Node, too.
import { Redis } from 'ioredis'

const SECONDS = Number(__ENV.SECONDS)
export const options = {
  scenarios: { s: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS), iterations: 1, maxDuration: '10m' } },
}
let clients = 0

const processorTime = () => process.cpuUsage().user + process.cpuUsage().system

export default async function () {
  const redis = new Redis(Number(__ENV.PORT), '127.0.0.1')
  const key = `key:${++clients}:${Math.random()}`
  const begin = Date.now() + 2000
  const end = begin + SECONDS * 1000
  let from = 0
  let operations = 0
  for (let now = 0; now < end; now = Date.now()) {
    if (now >= begin) {
      if (from === 0) from = processorTime()
      operations += 2
    }
    await redis.set(key, 'value')
    await redis.get(key)
  }
  console.log(`operations ${operations} from ${from} to ${processorTime()}`)
  await redis.quit()
}
