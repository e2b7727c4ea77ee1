import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { startApiServer } from '../../../src/api/server.js'
import { controlCommands } from '../../../src/cli/commands/control.js'
import { Log } from '../../../src/log/log.js'
import { FakeRun } from '../../helpers/fake-run.js'
import { startRun } from '../../helpers/live-run.js'

async function command(line: string, env: Record<string, string> = {}): Promise<string> {
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  const [name, ...argv] = line.split(' ')
  const found = controlCommands({ env, print }).find((candidate) => candidate.name() === name)
  assert.ok(found)
  found.exitOverride().configureOutput({ writeErr: () => {} })
  await found.parseAsync(argv, { from: 'user' })
  return printed
}

async function withFakeRun(test: (address: string, run: FakeRun) => Promise<void>): Promise<void> {
  const run = new FakeRun()
  const server = await startApiServer({ host: '127.0.0.1', port: 0 }, run, new Log('error', () => {}))
  try {
    await test(`127.0.0.1:${server.address.port}`, run)
  } finally {
    await server.close()
  }
}

async function withServer(listener: RequestListener, test: (address: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await test(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
  }
}

const STATUS = 'status: 7\npaused: false\nvus: 2\nvus-max: 2\nstopped: false\nrunning: true\ntainted: false\n'

describe('commands that control a run', () => {
  const table = [
    ['status', []],
    ['pause', [{ paused: true }]],
    ['resume', [{ paused: false }]],
    ['stop', [{ stopped: true }]],
    ['scale --vus 3', [{ vus: 3 }]],
    ['scale -m 0', [{ 'vus-max': 0 }]],
    ['scale -u 3 --max=5 --scenario s', [{ vus: 3, 'vus-max': 5, scenario: 's' }]],
  ] as const
  for (const [line, changes] of table) {
    it(`${line} asks the test and prints its status`, () =>
      withFakeRun(async (address, run) => {
        assert.equal(await command(`${line} --address ${address}`), STATUS)
        assert.deepEqual(run.changes, changes)
      }))
  }

  it('stats prints the metrics', () =>
    withFakeRun(async (address) => {
      const text = await command(`stats -a ${address}`)
      const first = '- name: iterations\n  type: counter\n  contains: default\n  tainted: null\n'
      assert.ok(text.startsWith(`${first}  sample:\n    count: 10\n    rate: 1.99\n- name: rtt\n`))
      assert.match(text, /^- name: rtt\{kind:a\/b\}$/m)
    }))

  it('find the test through a variable', () =>
    withFakeRun(async (address) => {
      assert.equal(await command('status', { K6_ADDRESS: address }), STATUS)
      assert.equal(await command('status', { K6_ADDRESS: 'x', SOCKEYE_ADDRESS: address }), STATUS)
    }))

  it('say how to start a test that can be controlled when there is none', async () => {
    let free = ''
    await withServer(
      () => {},
      async (address) => {
        free = address
      },
    )
    await assert.rejects(command(`status --address ${free}`), {
      code: 'ERR_API_UNREACHABLE',
      exitCode: 255,
      message: `no test can be reached at ${free}: connection refused`,
      hint: `a test can be reached when it was started with --address: sockeye run --address ${free} script.ts. For a test with another address, give that: --address HOST:PORT`,
    })
  })

  it('say so when something else answers', () =>
    withServer(
      (_, response) => response.end('<html>'),
      async (address) => {
        const message = `what answers at ${address} is not a test: its answer is "<html>"`
        await assert.rejects(command(`stop -a ${address}`), { code: 'ERR_API_ANSWER', message })
      },
    ))

  it('refuse arguments that make no sense', async () => {
    await assert.rejects(command('scale'), { message: 'Specify either -u/--vus or -m/--max', exitCode: 255 })
    await assert.rejects(command('scale --vus -1'), /give a whole number, 0 or above/)
    await assert.rejects(command('scale --vus many'), /give a whole number, 0 or above/)
    await assert.rejects(command('status --address nowhere'), { code: 'ERR_API_ADDRESS' })
    await assert.rejects(command('status extra'), { code: 'commander.excessArguments' })
  })

  it('control a real test from its release to its end', async () => {
    const run = await startRun(
      `import { sleep } from 'k6'
       export const options = {
         paused: true,
         scenarios: { chat: { executor: 'externally-controlled', vus: 1, maxVUs: 2, duration: '0' } },
       }
       export default function () { sleep(0.05) }`,
    )
    const at = `--address ${run.address}`
    await run.until(({ status }) => status === 4)
    assert.match(await command(`status ${at}`), /^status: 4\npaused: true\n/)
    assert.match(await command(`resume ${at}`), /paused: false/)
    await run.until(({ vus }) => vus === 1)
    await command(`scale --vus 2 ${at}`)
    await run.until(({ vus }) => vus === 2)
    await assert.rejects(command(`scale --vus 3 ${at}`), {
      code: 'ERR_API_REFUSED',
      message:
        'Execution config error: the number of active VUs (3) must be less than or equal to the number of maxVUs (2)',
    })
    assert.match(await command(`pause ${at}`), /paused: true/)
    await run.until(({ vus }) => vus === 0)
    await command(`resume ${at}`)
    await run.until(({ vus }) => vus === 2)
    assert.match(await command(`stop ${at}`), /stopped: true/)
    assert.equal((await run.ended).exitCode, 103)
  })
})
