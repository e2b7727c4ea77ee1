/**
 * The whole life of a test: `setup` runs once before and what it returns goes to every iteration, `teardown` runs once after.
 * Here setup finds out whether the server is there and what it is, so that a wrong address fails at once and clearly.
 *
 *   sockeye run --echo examples/tcp/setup-and-teardown.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  setupTimeout: '10s',
  thresholds: {
    checks: ['rate==1'],
    'tcp_writes{group:::setup}': ['count==1'],
    'tcp_writes{group:}': ['count==4'],
    'tcp_writes{group:::teardown}': ['count==1'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007

interface Session {
  readonly token: string
}

export async function setup(): Promise<Session> {
  return { token: await ask('login') }
}

export default async function (session: Session) {
  const answer = await ask(`order as ${session.token}`)
  check(answer, { 'the order was taken': (text) => text === 'order as login' })
}

export async function teardown(session: Session) {
  const answer = await ask(`logout ${session.token}`)
  check(answer, { 'the session was closed': (text) => text === 'logout login' })
}

/** Connects, sends a line, resolves with the answer, and closes. */
async function ask(line: string): Promise<string> {
  const socket = new Socket()
  const answer = new Promise<Uint8Array>((resolve) => socket.on('data', resolve))
  await socket.connect(PORT, HOST)
  await socket.write(line)
  const text = new TextDecoder().decode(await answer)
  socket.destroy()
  return text
}
