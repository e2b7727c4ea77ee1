/**
 * Runs a few lines as an iteration of a script that imports `k6/x/tcp`, and gives back what those lines reported.
 *
 * The lines find: Socket, exec, sleep, check, group; HOST and PORT; `report(name, value)`; `reportError(name, promise)`, which
 * reports how a promise was rejected; `open(socketOptions)`, a connected socket; `closing(socket)`, a promise of its close event;
 * `pause(ms)`; `text(bytes)`; `events(socket)`, a list that grows with the names of its events.
 */
import assert from 'node:assert/strict'
import { type RunScriptOptions, runScript, type Sample, type ScriptResult } from './run-script.js'

export interface TcpScriptOptions extends RunScriptOptions {
  readonly port?: number
  /** `export const options`. */
  readonly options?: object
  /** Code of the module outside the function. */
  readonly outside?: string
  /** Usually 0. */
  readonly exitCode?: number
}

export interface TcpScriptResult extends ScriptResult {
  /** By name, the last value of each. `undefined` inside values shows as the string `undefined`. */
  readonly reported: Readonly<Record<string, any>>
  /** Samples of a metric; needs `samples: true`. */
  samplesOf(metric: string): readonly Sample[]
  /** How many samples each `tcp_` metric has, leaving out those without any. */
  readonly tcpCounts: Readonly<Record<string, number>>
}

/** How the rejections that `reportError` reports look. */
export interface ReportedError {
  readonly name: string
  readonly method: string
  readonly message: string
  readonly text: string
}

export async function runTcpScript(lines: string, options: TcpScriptOptions = {}): Promise<TcpScriptResult> {
  const result = await runScript(scriptOf(lines, options), {
    ...options,
    env: { PORT: String(options.port ?? 0), ...options.env },
  })
  assert.equal(result.exitCode, options.exitCode ?? 0, result.log.map(({ msg }) => msg).join('\n'))
  const reported: Record<string, unknown> = {}
  for (const line of result.console) {
    if (!line.startsWith(MARK)) continue
    const [name, value] = JSON.parse(line.slice(MARK.length)) as [string, unknown]
    reported[name] = value
  }
  const samplesOf = (metric: string): Sample[] => result.samples.filter((sample) => sample.metric === metric)
  return { ...result, reported, samplesOf, tcpCounts: countByMetric(result.samples) }
}

const MARK = '@report '

function countByMetric(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { metric } of samples) if (metric.startsWith('tcp_')) counts[metric] = (counts[metric] ?? 0) + 1
  return counts
}

function scriptOf(lines: string, { options, outside }: TcpScriptOptions): string {
  return `
import { check, group, sleep } from 'k6'
import exec from 'k6/execution'
import { Socket } from 'k6/x/tcp'

export const options = ${JSON.stringify(options ?? {})}
const HOST = '127.0.0.1'
const PORT = Number(__ENV.PORT)
const shown = (_key, value) => (value === undefined ? 'undefined' : value)
const report = (name, value) => console.log('${MARK}' + JSON.stringify([name, value === undefined ? 'undefined' : value], shown))
const reportError = (name, promise) =>
  promise.then(
    () => report(name, 'resolved'),
    (e) => report(name, { name: e.name, method: e.method, message: e.message, text: String(e) }),
  )
const open = async (socketOptions) => {
  const socket = new Socket(socketOptions)
  await socket.connect(PORT, HOST)
  return socket
}
const closing = (socket) => new Promise((resolve) => socket.on('close', () => resolve(undefined)))
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (bytes) => new TextDecoder().decode(bytes)
const events = (socket) => {
  const names = []
  for (const name of ['connect', 'data', 'close', 'error', 'timeout']) socket.on(name, () => names.push(name))
  return names
}
${outside ?? ''}
export default async function () {
${lines}
}
`
}
