/**
 * The example of the public k6 documentation of `k6/ws` runs unchanged, as a process: both pages about its `Socket` show the same one.
 * A config file says where the page's host is; what the server does is what the page speaks of.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { type CliResult, runCli } from '../helpers/run-cli.js'
import { type Behaviour, CLOSE, type Frame, PING, PONG, TEXT, webSocketServer } from '../helpers/websocket-server.js'

const EXAMPLE = readFileSync(join(process.cwd(), 'test', 'fixtures', 'seeds', 'ws-socket.js'), 'utf8')

interface ExampleResult extends CliResult {
  /** What the script printed. */
  readonly lines: readonly string[]
  /** Of the JSON output. */
  readonly points: readonly Point[]
  /** The server's view of the connection: what it received, in short. */
  readonly received: readonly string[]
}

interface Point {
  readonly metric: string
  readonly value: number
  readonly tags: Readonly<Record<string, string>>
}

/** The port is looked up when the server is there; null: nobody listens. */
async function runExample(behaviour: Behaviour | null): Promise<ExampleResult> {
  await using server = await webSocketServer(behaviour ?? {})
  const { port } = server
  if (behaviour === null) await server[Symbol.asyncDispose]()
  const files = {
    'script.js': EXAMPLE,
    'config.json': JSON.stringify({ hosts: { 'echo.websocket.org:80': `127.0.0.1:${port}` } }),
  }
  const flags = ['--config', 'config.json', '--log-format', 'raw', '--out', 'json=-', '--summary-mode', 'full']
  const result = await runCli(['run', ...flags, 'script.js'], { files })
  const received = server.peers.flatMap(({ frames }) => frames.map(describeFrame))
  const lines = result.stderr.split('\n').filter((line) => line !== '')
  return { ...result, lines, points: pointsOf(result.stdout), received }
}

function describeFrame({ opcode, payload }: Frame): string {
  if (opcode === CLOSE) return `close ${payload.readUInt16BE(0)}`
  const kinds: Readonly<Record<number, string>> = { [TEXT]: 'text', [PING]: 'ping', [PONG]: 'pong' }
  return `${kinds[opcode]} ${payload}`
}

function pointsOf(stdout: string): Point[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'Point')
    .map(({ metric, data }) => ({ metric, value: data.value, tags: data.tags }))
}

/** Lines that are the same in each run, and patterns for those that are not. */
function assertLines(lines: readonly string[], expected: readonly (string | RegExp)[]): void {
  const shown = lines.map((line, i) => {
    const wanted = expected[i]
    return wanted instanceof RegExp && wanted.test(line) ? wanted : line
  })
  assert.deepEqual(shown, expected)
}

describe('documented example of k6/ws against an echo server', () => {
  let echoed: ExampleResult

  before(async () => {
    echoed = await runExample({})
  })

  it('prints what the page promises, line for line', () => {
    const { exitCode, lines, stdout } = echoed
    assertLines(lines, [
      'connected',
      /^Received message: \d{13}$/,
      'Pinging every 1sec (setInterval test)',
      'PONG!',
      'OTHER PONG!',
      '2 seconds passed, closing the socket',
      'disconnected',
    ])
    assert.equal(exitCode, 0)
    assert.match(stdout, /✓ status is 101/)
    assert.match(stdout, /checks_succeeded\.*: 100\.00% 1 out of 1/)
  })

  it('collects the metrics of the reference, with the tag of the params', () => {
    const { points } = echoed
    const ofModule = points.filter(({ metric }) => metric.startsWith('ws_') && metric !== 'ws_sockets_open')
    assert.deepEqual(ofModule.map(({ metric }) => metric).sort(), [
      'ws_closes',
      'ws_connecting',
      'ws_data_received',
      'ws_data_sent',
      'ws_msgs_received',
      'ws_msgs_sent',
      'ws_ping',
      'ws_session_duration',
      'ws_sessions',
    ])
    for (const { tags } of ofModule) {
      assert.equal(tags['my_tag'], 'hello')
      assert.equal(tags['status'], '101')
      assert.equal(tags['url'], 'ws://echo.websocket.org')
    }
    // The iteration lasts until the connection is closed.
    const duration = points.find(({ metric }) => metric === 'iteration_duration')
    assert.ok(duration !== undefined && duration.value >= 2000)
  })

  it('sends the time, one ping, and a close frame with 1001', () => {
    assertLines(echoed.received, [/^text \d{13}$/, 'ping 0', 'close 1001'])
  })
})

describe('documented example of k6/ws against other servers', () => {
  it('calls the handler of pings of the server', async () => {
    const { lines } = await runExample({ onOpen: (peer) => peer.send(PING, 'are you there?') })
    assert.equal(lines.filter((line) => line === 'PING!').length, 1)
    assert.ok(lines.indexOf('connected') < lines.indexOf('PING!'))
  })

  it('answers pings of the server by itself', async () => {
    const { received } = await runExample({ onOpen: (peer) => peer.send(PING, 'are you there?') })
    assert.ok(received.includes('pong are you there?'))
  })

  it('reports a connection that breaks as an unexpected error', async () => {
    const { exitCode, lines } = await runExample({ onFrame: (_frame, peer) => peer.socket.end() })
    assert.deepEqual(lines, [
      'connected',
      'An unexpected error occured:  websocket: close 1006 (abnormal closure): unexpected EOF',
      'disconnected',
    ])
    assert.equal(exitCode, 0)
  })

  it('fails the check and goes on when nobody listens', async () => {
    const { exitCode, lines, stdout } = await runExample(null)
    assert.deepEqual(lines, ['Attempt to establish a WebSocket connection failed'])
    assert.match(stdout, /✗ status is 101/)
    assert.equal(exitCode, 0)
  })
})
