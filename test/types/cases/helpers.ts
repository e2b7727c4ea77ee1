import { randomIntBetween, uuidv4 } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js'
import { htmlReport } from 'https://raw.githubusercontent.com/benc-uk/k6-reporter/main/dist/bundle.js'
import { describe, expect } from 'sockeye/expect'
import { Get, Httpx } from 'sockeye/httpx'
import { textSummary } from 'sockeye/summary'
import { URL } from 'sockeye/url'
import { findBetween } from 'sockeye/utils'

const session = new Httpx({ baseURL: 'http://127.0.0.1', headers: { a: 'b' } })

export default function () {
  const n: number = randomIntBetween(1, 2)
  const text: string | null = findBetween(uuidv4(), '-', '-')
  const ok: boolean = describe('x', () => expect(n, 'n').to.equal(1))
  session.batch([new Get('/a')])
  console.log(ok, text, new URL('http://h/p').pathname)
}

export function handleSummary(data: unknown) {
  return { stdout: textSummary(data, { indent: ' ' }), 'report.html': htmlReport(data) }
}
