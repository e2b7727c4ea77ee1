/**
 * Helpers that come with sockeye: random messages (`sockeye/utils`), chai's assertions as checks (`sockeye/expect`), and a summary as text,
 * JUnit and HTML. Imports from jslib.k6.io give the same helpers: docs/modules.md.
 *
 *   sockeye run --echo examples/helpers/checked-echo.ts
 */
import { Socket } from 'k6/x/tcp'
import { describe, expect } from 'sockeye/expect'
import { jUnit, textSummary } from 'sockeye/summary'
import { randomIntBetween, randomString } from 'sockeye/utils'

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007

export const options = { vus: 2, iterations: 10, thresholds: { checks: ['rate==1'] } }

export default async function () {
  const message = randomString(randomIntBetween(1, 100))
  const answer = await echo(message)
  describe('echo', () => {
    // A check's name has what was expected: texts that differ each time would make as many checks.
    expect(answer === message, 'the same message').to.equal(true)
    expect(answer, 'the answer').to.match(/^[a-z]+$/)
  })
}

async function echo(message: string): Promise<string> {
  const socket = new Socket()
  const answered = new Promise<string>((resolve) => {
    socket.on('data', (data) => resolve(String.fromCharCode(...new Uint8Array(data))))
  })
  await socket.connect(PORT, HOST)
  await socket.write(message)
  const answer = await answered
  socket.destroy()
  return answer
}

export function handleSummary(data: unknown) {
  return { stdout: `${textSummary(data, { indent: ' ', enableColors: false })}\n${jUnit(data)}\n` }
}
