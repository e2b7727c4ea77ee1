/** Thousands of blocked virtual users on one thread. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { type Peer, TEXT, webSocketServer } from '../helpers/websocket-server.js'

const SESSIONS = 5000
const SLEEPERS = 10_000

describe('one shard', () => {
  it('holds 5,000 VUs inside ws.connect and 10,000 in sleep at once, and wakes them on time', async () => {
    const waiting: Peer[] = []
    await using server = await webSocketServer({
      // Nobody gets an answer before all have come.
      onFrame(frame, peer) {
        if (frame.opcode === TEXT) waiting.push(peer)
        else peer.answer(frame)
        if (waiting.length === SESSIONS) for (const one of waiting.splice(0)) one.text('all are here')
      },
    })
    const { summary, exitCode, errors } = await runScript(
      `import ws from 'k6/ws'
      import { sleep } from 'k6'
      import { Trend } from 'k6/metrics'
      const late = new Trend('late', true)
      const once = { executor: 'per-vu-iterations', iterations: 1, maxDuration: '120s' }
      export const options = {
        scenarios: {
          sessions: { ...once, vus: ${SESSIONS}, exec: 'session' },
          sleepers: { ...once, vus: ${SLEEPERS}, exec: 'sleeper' },
        },
      }
      export function session() {
        ws.connect(__ENV.SERVER_URL, (socket) => {
          socket.on('open', () => socket.send('here'))
          socket.on('message', () => socket.close())
        })
      }
      export function sleeper() {
        const start = Date.now()
        sleep(20)
        late.add(Date.now() - start - 20000)
      }`,
      { name: 'script.js', flags: ['--shards', '1'], env: { SERVER_URL: server.url } },
    )
    assert.deepEqual([exitCode, errors], [0, []])
    assert.equal(summary.metrics['ws_msgs_received']?.['count'], SESSIONS)
    assert.equal(summary.metrics['iterations']?.['count'], SESSIONS + SLEEPERS)
    const late = summary.metrics['late'] ?? {}
    assert.ok((late['min'] ?? -1) >= -1, `woken ${late['min']} ms late`)
    assert.ok((late['med'] ?? Number.NaN) < 2000, `half of them woke ${late['med']} ms late or more`)
  })
})
