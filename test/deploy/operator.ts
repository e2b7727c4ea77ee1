/**
 * The Kubernetes operator for k6 as the image of a test meets it, on this machine: its commands through `sh`, with `k6` on the PATH, and
 * its requests. Pods are processes that listen on addresses of loopback.
 *
 * Source  docs/spec/scale-out.md
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { StatusAttributes } from '../../src/api/controlled-run.js'
import { RunPhase } from '../../src/run/run-status.js'
import { poll } from '../helpers/live-run.js'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
/** What the operator's starter sends. */
const START = '{"data":{"attributes":{"paused":false,"stopped":false},"id":"default","type":"status"}}'
const STOP = '{"data":{"attributes":{"stopped":true},"id":"default","type":"status"}}'
const TRIES = 3

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** A folder as the containers of one test see it: `test/` is the mounted script, `tmp/` is writable, `bin/` is on the PATH. */
export class Cluster {
  readonly folder: string
  readonly #running = new Set<ChildProcess>()

  private constructor(folder: string) {
    this.folder = folder
  }

  static async start(files: Readonly<Record<string, string>>): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'sockeye-operator-')))
    for (const name of ['bin', 'tmp']) await mkdir(join(cluster.folder, name))
    await chmod(MAIN, 0o755)
    await symlink(MAIN, join(cluster.folder, 'bin', 'k6'))
    await cluster.#mount(files)
    return cluster
  }

  /** As Kubernetes mounts a ConfigMap: links to a hidden folder that can be exchanged at once. */
  async #mount(files: Readonly<Record<string, string>>): Promise<void> {
    const folder = join(this.folder, 'test')
    await mkdir(join(folder, '..2026_08_01'), { recursive: true })
    await symlink('..2026_08_01', join(folder, '..data'))
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, '..2026_08_01', name), content)
      await symlink(join('..data', name), join(folder, name))
    }
  }

  /** A container whose command is a line of shell. */
  async sh(line: string): Promise<Ended> {
    return this.#start(['sh', '-c', line]).ended
  }

  /** The initializer: 0 when the test may start; what it prints to stdout is read by the operator. */
  initialize(script: string, flags = ''): Promise<Ended> {
    const archive = join('tmp', `${script}.archived.tar`)
    const log = join('tmp', 'k6logs')
    return this.sh(
      `command -v k6 > /dev/null && mkdir -p "$(dirname ${archive})" && k6 archive ${script} -O ${archive} ${flags} 2> ${log} && ` +
        `k6 inspect --execution-requirements ${archive} 2>> ${log}; code=$?; ` +
        `if grep -q 'level.*error' ${log}; then cat ${log} >&2; exit 1; fi; exit $code`,
    )
  }

  /** Runner `index` of `count`, from 1, with what a user gives as `arguments`. */
  runner(script: string, options: RunnerOptions): Runner {
    const { index, count, port, flags = [], isPaused = true } = options
    const ends = Array.from({ length: count + 1 }, (_, part) =>
      part === 0 ? '0' : part === count ? '1' : `${part}/${count}`,
    )
    const segment =
      count === 1
        ? []
        : ['--execution-segment', `${ends[index - 1]}:${ends[index]}`, '--execution-segment-sequence', ends.join(',')]
    const host = options.host ?? `127.0.0.${index}`
    const command = [
      ...['k6', 'run', '--quiet', ...segment, ...flags, script, `--address=${host}:${port}`],
      ...(isPaused ? ['--paused'] : []),
      ...['--tag', `instance_id=${index}`, '--tag', 'testrun_name=sample'],
    ]
    const { child, ended } = this.#start(command)
    return new Runner({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port }, child, ended)
  }

  #start([command = '', ...args]: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(command, args, {
      cwd: this.folder,
      // Kubernetes tells every container about the services beside it, in variables that are no options of ours.
      env: {
        PATH: [join(this.folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
        HOME: this.folder,
        K6_SAMPLE_SERVICE_1_SERVICE_HOST: '10.0.0.1',
        K6_SAMPLE_SERVICE_1_PORT: 'tcp://10.0.0.1:6565',
        KUBERNETES_SERVICE_HOST: '10.0.0.2',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#running.add(child)
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text
      })
    }
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode) => {
        this.#running.delete(child)
        resolve({ exitCode, ...printed })
      })
    })
    return { child, ended }
  }

  async stop(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}

export interface RunnerOptions {
  readonly index: number
  readonly count: number
  readonly port: number
  readonly host?: string
  readonly flags?: readonly string[]
  /** Otherwise it starts by itself. */
  readonly isPaused?: boolean
}

export class Runner {
  readonly ended: Promise<Ended>
  readonly #address: { readonly host: string; readonly port: number }
  readonly #child: ChildProcess

  constructor(address: { readonly host: string; readonly port: number }, child: ChildProcess, ended: Promise<Ended>) {
    this.#address = address
    this.#child = child
    this.ended = ended
  }

  send(method: string, path: string, body?: string, extra: OutgoingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { host, port } = this.#address
      const headers = { ...extra, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }
      const sent = request({ host, port, method, path, headers, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** What the kubelet asks for liveness and readiness: true for 200 to 399. */
  async probe(): Promise<boolean> {
    const status = await this.send('GET', '/v1/status').then(
      (answer) => answer.status,
      () => 0,
    )
    return status >= 200 && status < 400
  }

  async status(): Promise<StatusAttributes> {
    return JSON.parse((await this.send('GET', '/v1/status')).body).data.attributes
  }

  /** Pods of a job that has ended are not waited for. */
  async ready(): Promise<void> {
    const early = this.ended.then(({ exitCode, stderr }) => assert.fail(`the runner ended with ${exitCode}: ${stderr}`))
    await Promise.race([early, poll(() => this.probe(), Boolean)])
  }

  /** All that it needs is there, and it waits for the starter. */
  paused(): Promise<StatusAttributes> {
    return this.until(({ status }) => status === RunPhase.paused)
  }

  until(condition: (status: StatusAttributes) => boolean): Promise<StatusAttributes> {
    return poll(() => this.status(), condition)
  }

  /** `curl --retry 3 -X PATCH …` of the starter. */
  release(): Promise<Answer> {
    return this.#tried(START)
  }

  halt(): Promise<Answer> {
    return this.#tried(STOP)
  }

  async #tried(body: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send('PATCH', '/v1/status', body)
      } catch (error) {
        if (attempt === TRIES) throw error
      }
    }
  }

  /** How Kubernetes ends a pod. */
  terminate(): void {
    this.#child.kill('SIGTERM')
  }
}
