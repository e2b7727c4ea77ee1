/** A test runs in a child of the command: what kills it leaves a summary and exit code 109, and nothing of it outlives the command. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningCli, runCli } from '../helpers/run-cli.js'

/** V8 gives the process up: a list may not have so many elements. */
const FATAL = `'x'.repeat(2 ** 27 + 100).split('')`

/** Iterations that wait, and one that kills the process once the summary has something to say. */
const DYING = `
  import { sleep } from 'k6'
  export const options = { vus: 2, duration: '60s', thresholds: { iterations: ['count>1'] } }
  export default function () {
    if (__VU === 1 && __ITER === 40) ${FATAL}
    sleep(0.1)
  }`

const posix = { skip: process.platform === 'win32' }
const onLinux = { skip: process.platform !== 'linux' }

test('a test whose process V8 gives up ends with the summary as it stood, its export file and 109', posix, async () => {
  const files = { 'dying.js': DYING, 'out/.keep': '' }
  const { exitCode, stdout, stderr } = await runCli(['run', '--quiet', '--summary-export', 'out/s.json', 'dying.js'], {
    files,
    isSupervised: true,
  })
  assert.equal(exitCode, 109)
  assert.match(stderr, /the process of the test died \(SIG\w+\)".* code=ERR_SHARD_DIED .*how the test stood last/)
  assert.match(stdout, /THRESHOLDS.*✓ 'count>1'.*TOTAL RESULTS.*iterations\.+: \d+/s)
})

test('a test that dies before it has begun says so, and ends with 109', posix, async () => {
  const files = { 'dying.js': `${FATAL}\nexport default function () {}` }
  const { exitCode, stdout, stderr } = await runCli(['run', '--quiet', 'dying.js'], { files, isSupervised: true })
  assert.equal(exitCode, 109)
  assert.match(stderr, /the process of the test died/)
  assert.equal(stdout, '')
})

test('a signal that comes before the test listens ends it with 105, too', posix, async () => {
  const loading = `if (process.env.SOCKEYE_SUPERVISED) {
    require('node:fs').writeSync(2, 'loading')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30000)
  }`
  const { exitCode, stderr } = await runCli(['run', '--quiet', 'script.js'], {
    files: { 'script.js': 'export default function () {}', 'loading.cjs': loading },
    nodeOptions: ['--require', './loading.cjs'],
    isSupervised: true,
    onOutput: (run) => {
      if (run.stderr === 'loading') run.process.kill('SIGINT')
    },
  })
  assert.equal(exitCode, 105)
  assert.match(stderr, /received a 'interrupt' signal" code=ERR_INTERRUPTED/)
})

test('what ends the command with a signal is a signal for the test, once', posix, async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const script = `
      import { sleep } from 'k6'
      export const options = { vus: 1, duration: '60s' }
      export default function () { console.log('begun'); sleep(60) }
      export function teardown() { console.log('teardown') }`
    let isSent = false
    const onOutput = (run: RunningCli): void => {
      if (isSent || !run.stderr.includes('begun')) return
      isSent = true
      run.process.kill(signal)
    }
    const { exitCode, stdout, stderr } = await runCli(['run', '--quiet', 'script.js'], {
      files: { 'script.js': script },
      isSupervised: true,
      onOutput,
    })
    assert.equal(exitCode, 105, signal)
    assert.match(stderr, /msg=teardown/)
    assert.doesNotMatch(stderr, /no teardown/)
    assert.match(stdout, /TOTAL RESULTS/)
  }
})

test('the test ends when the command is killed', posix, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const closed = new Promise<void>((resolve) => {
    server.once('connection', (socket: Socket) => {
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  })
  const script = `
    import { Socket } from 'k6/x/tcp'
    export default async function () {
      const socket = new Socket()
      await socket.connect(${port}, '127.0.0.1')
      console.log('connected')
    }`
  const { signal } = await runCli(['run', '--quiet', 'script.js'], {
    files: { 'script.js': script },
    isSupervised: true,
    onOutput: (run) => {
      if (run.stderr.includes('connected')) run.process.kill('SIGKILL')
    },
  })
  assert.equal(signal, 'SIGKILL')
  await closed
  server.close()
})

test('scripts do not see that there is a supervisor, and it can be left out', posix, async () => {
  const files = { 'script.js': `console.log('seen: ' + __ENV.SOCKEYE_SUPERVISED)\nexport default function () {}` }
  const supervised = await runCli(['run', '--quiet', 'script.js'], { files, isSupervised: true })
  assert.match(supervised.stderr, /seen: undefined/)
  const alone = await runCli(['run', '--quiet', 'dying.js'], {
    files: { 'dying.js': `${FATAL}\nexport default function () {}` },
  })
  assert.notEqual(alone.exitCode, 109)
})

test(
  'a third signal ends a test whose process does not react at all, with the summary as it stood',
  onLinux,
  async () => {
    const script = `
    import { sleep } from 'k6'
    import process from 'node:process'
    export const options = { vus: 1, duration: '60s' }
    export default function () {
      if (__ITER === 30) console.log('process ' + process.pid)
      sleep(0.1)
    }`
    let sent = 0
    const { exitCode, stdout, stderr } = await runCli(['run', '--quiet', 'script.js'], {
      files: { 'script.js': script },
      isSupervised: true,
      onOutput: (run) => {
        const pid = Number(/process (\d+)/.exec(run.stderr)?.[1])
        if (sent > 0 || Number.isNaN(pid)) return
        process.kill(pid, 'SIGSTOP')
        const timer = setInterval(() => {
          run.process.kill('SIGINT')
          if (++sent === 3) clearInterval(timer)
        }, 200)
      },
    })
    assert.equal(exitCode, 105)
    assert.match(stderr, /was asked to end, did not, and was killed" .*how the test stood last/)
    assert.match(stdout, /TOTAL RESULTS.*iterations\.+: \d+/s)
  },
)

/** A child that says how the test stands, and then does `what`. The command kills it after a second without a word. */
async function superviseChild(what: string, onOutput: (stdout: string) => void = () => {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-supervisor-'))
  const supervisor = JSON.stringify(new URL('../../src/cli/supervisor.js', import.meta.url))
  const child = `import { Supervisor } from ${supervisor}
    const supervisor = Supervisor.ofThisProcess()
    supervisor.tell({ summary: 'as it stood\\n' })
    // What was sent has to leave before the thread is busy.
    setTimeout(() => { ${what} }, 50)`
  const parent = `import { supervise } from ${supervisor}
    supervise(${JSON.stringify(join(folder, 'child.mjs'))}, { interval: 20, most: 50 })`
  try {
    await writeFile(join(folder, 'child.mjs'), child)
    await writeFile(join(folder, 'parent.mjs'), parent)
    const command = spawn(process.execPath, [join(folder, 'parent.mjs')], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    command.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      onOutput(stdout)
    })
    command.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const [exitCode] = await once(command, 'close')
    return { exitCode, stdout, stderr }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test(
  'a test whose process says no more that it lives is killed, with the summary as it stood and 109',
  onLinux,
  async () => {
    const { exitCode, stdout, stderr } = await superviseChild('for (;;);')
    assert.equal(exitCode, 109, stderr)
    assert.match(
      stderr,
      /the process of the test has not said for minutes that it lives, and was killed" code=ERR_SHARD_DIED/,
    )
    assert.match(stderr, /hint="What follows is how the test stood last"/)
    assert.equal(stdout, 'as it stood\n')
  },
)

test(
  'a test whose process is stopped, as by Ctrl-Z or a debugger, is not killed for its silence',
  onLinux,
  async () => {
    const held = `process.stdout.write(process.pid + '\\n'); process.kill(process.pid, 'SIGSTOP'); setTimeout(() => process.exit(7), 1)`
    let isHeld = false
    const { exitCode, stderr } = await superviseChild(held, async (stdout) => {
      if (isHeld) return
      isHeld = true
      // Longer than it may be silent.
      await sleep(1500)
      process.kill(Number(stdout), 'SIGCONT')
    })
    assert.equal(exitCode, 7, stderr)
  },
)
