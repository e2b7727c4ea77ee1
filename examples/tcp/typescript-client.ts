/**
 * A client class of your own in TypeScript, in a file of its own: how tests of a real protocol are best written. Requests are
 * pipelined: ten are under way on each connection at any time.
 *
 *   sockeye run --echo examples/tcp/typescript-client.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { LineClient } from './lib/line-client.ts'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    tcp_writes: ['count==160'],
    tcp_errors: ['count==0'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const ROUNDS = 4
const PIPELINED = 10

type Command = { readonly verb: 'GET' | 'SET'; readonly key: string; readonly value?: string }

export default async function () {
  const client = new LineClient()
  await client.connect(PORT, HOST)
  for (let round = 0; round < ROUNDS; round++) {
    const commands = Array.from({ length: PIPELINED }, (_, i) => format(commandNumber(round * PIPELINED + i)))
    const answers = await Promise.all(commands.map((line) => client.request(line)))
    check(answers, { 'answers match their requests': (lines) => lines.every((line, i) => line === commands[i]) })
  }
  client.close()
}

function commandNumber(n: number): Command {
  return n % 2 === 0 ? { verb: 'SET', key: `key:${n}`, value: 'zażółć' } : { verb: 'GET', key: `key:${n}` }
}

function format({ verb, key, value }: Command): string {
  return value === undefined ? `${verb} ${key}` : `${verb} ${key} ${value}`
}
