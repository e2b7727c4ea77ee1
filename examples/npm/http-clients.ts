/**
 * HTTP with the packages `axios`, `got`, `node-fetch` and `undici`, for scripts that share code with an application. `k6/http` has the
 * metrics of requests; these have those of their connections.
 *
 *   npm install axios got node-fetch undici
 *   sockeye run -e HTTP_URL=http://localhost:8080 examples/npm/http-clients.ts
 */
import axios from 'axios'
import got from 'got'
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import fetch from 'node-fetch'
import { Agent, request } from 'undici'

export const options = {
  vus: 200,
  iterations: 400,
  sharedPackages: ['axios', 'got'],
  thresholds: { checks: ['rate==1'], request_duration: ['p(95)<20000'] },
}

const url = __ENV.HTTP_URL || 'http://localhost:8080'
const duration = new Trend('request_duration', true)

const clients: Record<string, () => Promise<number>> = {
  axios: async () => (await axios.post(url, { id: __VU })).status,
  got: async () => (await got.post(url, { json: { id: __VU }, retry: { limit: 0 } })).statusCode,
  'node-fetch': async () => (await fetch(url, { method: 'POST', body: `${__VU}` })).status,
  undici: async () => {
    const dispatcher = new Agent()
    const { statusCode, body } = await request(url, { method: 'POST', body: `${__VU}`, dispatcher })
    await body.dump()
    await dispatcher.close()
    return statusCode
  },
}

export default async function () {
  for (const [name, send] of Object.entries(clients)) {
    const start = Date.now()
    const status = await send()
    duration.add(Date.now() - start, { client: name })
    check(status, { 'status is 200': (code) => code === 200 }, { client: name })
  }
}
