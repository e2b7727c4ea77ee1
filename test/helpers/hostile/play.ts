/**
 * Runs of the command against servers that lie, break off or never end, one for each of their modes. A run ends by itself and in time, with its
 * summary, in bounded memory, and tells what was wrong. What each has taken is a diagnostic of its test.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutSupervisor } from '../run-cli.js'
import { type HostileOptions, hostileServer, type Mode } from './server.js'

const ROOT = process.cwd()
/** A second of test, patience, and the start on a machine that has much else to do. */
const LONGEST_MS = 60_000
/** In ms: how long a client waits; for what needs its time to be found out, and for all else. */
const PATIENCE = [8000, 700] as const
const TAKES_TIME = /bomb|folded|cookies|a million|of 1 MB|codings/
/** What four virtual users with a large package take is 230; a body may have 256 MiB for each of them. */
const MOST_MB = 500
const MOST_MB_OF_BODIES = 1400
const HAS_BODY = /bomb|body without end/

/** Bodies for `k6/http` and `fetch`. */
export const K6_HTTP = `
  const r = http.get(URL_, { timeout: PATIENCE })
  tell(r.status, r.error_code, r.error, r.body === null ? 'no body' : r.body.length)`
export const FETCH = `
  const r = await fetch(URL_, { signal: AbortSignal.timeout(PATIENCE) })
  tell(r.status, (await r.arrayBuffer()).byteLength)`

export interface Client {
  /** The modules that its script imports. */
  readonly imports: string
  /** Async, in a `try` whose error is told; `PORT`, `AT`, `PATIENCE`, `tell()`, `limit(promise)` and `stop` are there. */
  readonly body: string
  readonly modes: Readonly<Record<string, Mode>>
  readonly server: HostileOptions
  /** Modes after which a package works on for longer than a test waits for it; its thread is then ended. */
  readonly mayBeBusy?: RegExp
  /** Modes of which a package keeps all that comes, in memory of its own. */
  readonly keepsAll?: RegExp
}

const scriptOf = ({ imports, body }: Client): string => `
  import { sleep } from 'k6'
  const PORT = Number(__ENV.PORT)
  const PATIENCE = Number(__ENV.PATIENCE)
  const AT = \`127.0.0.1:\${PORT}\`
  ${imports}
  export const options = {
    insecureSkipTLSVerify: true,
    scenarios: { s: { executor: 'constant-vus', vus: 4, duration: '1s', gracefulStop: '20s' } },
  }
  const told = new Set()
  function tell(...parts) {
    const text = parts.map((part) => part instanceof Error ? \`\${part} \${part.cause ?? ''}\` : String(part)).join(' ').slice(0, 300)
    if (told.size < 20 && !told.has(text)) console.log(JSON.stringify(text))
    told.add(text)
  }
  let timer
  const limit = (promise) => Promise.race([promise, new Promise((_, reject) => {
    timer = setTimeout(reject, PATIENCE, new Error('time is up'))
  })]).finally(() => clearTimeout(timer))
  export default async function () {
    let stop = () => {}
    try {
      ${body}
    } catch (error) {
      tell(error)
    } finally {
      stop()
    }
    sleep(0.05)
  }`

interface Outcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
  readonly peakMb: number
}

/** Says how much memory the process has had at most. */
const PEAK = `import { isMainThread } from 'node:worker_threads'
import { readFileSync } from 'node:fs'
if (isMainThread) process.on('exit', () => {
  console.error('peak', /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1])
})`

function play(folder: string, env: Readonly<Record<string, number>>): Promise<Outcome> {
  const main = join(ROOT, 'dist', 'cli', 'main.js')
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const args = ['--import', join(folder, 'peak.mjs'), main, 'run', '--log-format', 'raw', ...variables, 'script.js']
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...withoutSupervisor },
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end()
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => {
      const peakMb = Math.round(Number(/^peak (\d+)$/m.exec(stderr)?.[1] ?? Number.NaN) / 1024)
      resolve({ exitCode, signal, stdout, stderr, ms: Math.round(performance.now() - began), peakMb })
    })
  })
}

/** Of how many modes each client meets one; all of them when SOCKEYE_EVERY_WAY is 1. */
const ONE_OF = process.env['SOCKEYE_EVERY_WAY'] === '1' ? 1 : 4
let clients = 0

/** Clients of one list of modes meet different ones. */
export function chosenModes(modes: Readonly<Record<string, Mode>>, client: number): [name: string, mode: Mode][] {
  return Object.entries(modes).filter((_, index) => index % ONE_OF === client % ONE_OF)
}

export function suffers(name: string, client: Client): void {
  const chosen = chosenModes(client.modes, clients++)
  describe(`${name}, against a server that gives`, {
    concurrency: 4,
    skip: process.platform !== 'linux' && 'reads /proc',
  }, () => {
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'sockeye-hostile-'))
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
      cpSync(join(ROOT, 'test', 'fixtures', 'grpc'), join(folder, 'protos'), { recursive: true })
      writeFileSync(join(folder, 'peak.mjs'), PEAK)
      writeFileSync(join(folder, 'script.js'), scriptOf(client))
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    for (const [mode, serve] of chosen) {
      it(mode, async (t) => {
        await using server = await hostileServer(serve, client.server)
        const patience = PATIENCE[TAKES_TIME.test(mode) ? 0 : 1]
        const outcome = await play(folder, { PORT: server.port, PATIENCE: patience })
        const { exitCode, signal, stdout, stderr, ms, peakMb } = outcome
        const told = [...new Set(stderr.match(/^".*"$/gm) ?? [])]
        t.diagnostic(`${exitCode}, ${ms} ms, ${peakMb} MB: ${told.slice(0, 3).join(' | ').slice(0, 250)}`)
        assert.equal(signal, null, 'it hung')
        assert.doesNotMatch(stderr, /This is a bug/i)
        assert.match(stdout, /iterations/)
        if (client.keepsAll?.test(mode) !== true)
          assert.ok(peakMb < (HAS_BODY.test(mode) ? MOST_MB_OF_BODIES : MOST_MB), `${peakMb} MB`)
        if (exitCode === 109 && client.mayBeBusy?.test(mode) === true) return
        assert.equal(exitCode, 0, stderr.slice(-3000))
        assert.ok(told.length > 0, stderr)
      })
    }
  })
}
