/**
 * The standard's `fetch`, for code that is shared with a web page and for npm packages: the same connections and metrics as
 * `k6/http`. Cookies are used with `credentials: 'include'` only.
 *
 *   sockeye run --echo examples/http/fetch.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: { checks: ['rate==1'], http_reqs: ['count==12'], http_req_failed: ['rate==0'] },
}

const URL = (__ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009').replace(/^ws/, 'http')

export default async function () {
  const logIn = async () => {
    const response = await fetch(`${URL}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'me' }),
      credentials: 'include',
      signal: AbortSignal.timeout(10_000),
    })
    return (await response.json()) as { token: string }
  }
  const answers = await Promise.all([logIn(), logIn(), logIn()])
  check(answers, { 'three tokens came': (all) => new Set(all.map(({ token }) => token)).size === 3 })
}
