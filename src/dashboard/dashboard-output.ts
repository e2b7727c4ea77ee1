/**
 * `--out dashboard`, `--out web-dashboard`, K6_WEB_DASHBOARD=true: the page of a running test. It reads the run's time series and keeps
 * nothing of its own; without an open page it does nothing. The run does not wait for pages: they keep what they have at its end.
 *
 * Source  docs/spec/outputs.md §4
 */
import { spawn } from 'node:child_process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isLoopback } from '../api/access.js'
import type { ControlledRun } from '../api/controlled-run.js'
import { inTurns } from '../base/turns.js'
import type { Delivery, MergedAggregates, Output, OutputContext } from '../output/output.js'
import type { RunResult } from '../output/run-result.js'
import type { NamedResult } from '../report/compare.js'
import {
  baselineWork,
  livePieces,
  liveSeries,
  type PageData,
  type PageSeries,
  pageDataWork,
} from '../report/page-data.js'
import { reportBytes } from '../report/render-report.js'
import { resultFileWork } from '../report/result-file.js'
import { ResultOutput } from '../report/result-output.js'
import { ControlDesk } from './control-desk.js'
import { DashboardServer } from './server.js'
import { type DashboardSettings, dashboardSettings } from './settings.js'

/** For so long, in ms, a page that opens may keep the main thread at a time. */
const TURN = 20

/** What the dashboard has of the run, beside its results. */
export interface DashboardRun {
  /** Undefined while there is no control API. */
  readonly control: () => ControlledRun | undefined
  /** The token of the control API; undefined when it asks for none. */
  readonly apiToken: string | undefined
  readonly baseline: NamedResult | undefined
}

export class DashboardOutput implements Output {
  readonly description: string
  readonly file: string | undefined
  readonly needs: { readonly history: true; readonly tags: readonly string[] }
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #settings: DashboardSettings
  readonly #context: OutputContext
  readonly #desk: ControlDesk
  readonly #baseline: NamedResult | undefined
  readonly #export: ResultOutput | undefined
  #server: DashboardServer | undefined
  #aggregates: MergedAggregates | undefined
  #ended: RunResult | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  /** Epoch milliseconds: what began before has been sent, and changes no more. */
  #sentUntil = Number.NEGATIVE_INFINITY

  constructor(argument: string, context: OutputContext, { control, apiToken, baseline }: DashboardRun) {
    const settings = dashboardSettings(argument, context)
    const { host, port, exportPath } = settings
    this.#settings = settings
    this.#context = context
    this.#baseline = baseline
    this.#desk = new ControlDesk(control, { isPublic: !isLoopback(host), token: apiToken })
    this.#export =
      exportPath === ''
        ? undefined
        : new ResultOutput('report', exportPath, context, (file, path) => reportBytes(file, path, baseline))
    this.file = this.#export?.file
    this.needs = { history: true, tags: ['scenario', ...settings.tags] }
    const places = [
      ...(port === undefined ? [] : [`http://${host}:${port}`]),
      ...(exportPath === '' ? [] : [exportPath]),
    ]
    this.description = `web-dashboard (${places.join(', ')})`
  }

  async start(): Promise<void> {
    await this.#export?.start()
    const { port, opens } = this.#settings
    if (port === undefined) return
    const server = await this.#listen(port)
    this.#server = server
    this.#context.log.info(`the dashboard is at ${server.url}`)
    if (opens) openInBrowser(server.url, (message) => this.#context.log.warning(`no browser was opened: ${message}`))
  }

  /** The default port may be taken by another run: then it is a free one. A port that the user chose must be had. */
  async #listen(port: number): Promise<DashboardServer> {
    const { host, token, isPortRequired } = this.#settings
    const source = { parts: () => this.#parts(), report: () => this.#report() }
    const server = new DashboardServer({ host, port, token }, source, this.#desk)
    try {
      await server.listen()
      return server
    } catch (error) {
      if (port !== 0 && !isPortRequired) return this.#listen(0)
      throw new Error(`cannot listen on ${host}:${port}: ${(error as Error).message}`)
    }
  }

  onAggregates(aggregates: MergedAggregates): void {
    this.#aggregates = aggregates
    this.#export?.onAggregates(aggregates)
    // A little early is better than a period late.
    if (aggregates.time - this.#sentAt < this.#settings.periodMs - 100) return
    this.#sentAt = aggregates.time
    this.#send('running', () => aggregates.standing())
  }

  onEnd(result: RunResult): void {
    this.#export?.onEnd(result)
    this.#ended = result
    this.#send('ended', () => result)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#export?.stop(), this.#sendComparison().then(() => this.#server?.close())])
  }

  delivery(): Delivery {
    return this.#export?.delivery() ?? { unit: 'files', delivered: 0, lost: 0, isFatal: true }
  }

  #send(state: PageData['state'], standing: () => RunResult): void {
    const timeline = this.#aggregates?.timeline
    if (timeline === undefined) return
    const from = this.#sentUntil
    // A page that opens later gets everything first.
    this.#sentUntil = timeline.completeUntil
    if (this.#server?.hasClients !== true) return
    const result = standing()
    const series = [...timeline.tracks()].map((track) => liveSeries(track, result.startedAt, from))
    this.#server.send('update', { ...this.#dataOf(state, result), series })
  }

  /** The end is the time to compare. */
  async #sendComparison(): Promise<void> {
    const [result, timeline, baseline] = [this.#ended, this.#aggregates?.timeline, this.#baseline]
    if (result === undefined || timeline === undefined || baseline === undefined) return
    if (this.#server?.hasClients !== true) return
    const file = await inTurns(resultFileWork(result, timeline, this.#context.version))
    const compared = await inTurns(baselineWork(baseline, file))
    this.#server.send('update', { ...this.#dataOf('ended', result), series: [], baseline: compared })
  }

  /** For a page that opens: everything, in parts, so that a run of many hours is not held up by it. */
  async *#parts(): AsyncGenerator<PageData> {
    const aggregates = this.#aggregates
    if (aggregates === undefined) return
    const result = aggregates.standing()
    let pieces: PageSeries[] = []
    let began = performance.now()
    for (const piece of livePieces([...aggregates.timeline.tracks()], result.startedAt)) {
      pieces.push(piece)
      if (performance.now() - began < TURN) continue
      yield { ...this.#dataOf('running', result), series: pieces, isPart: true }
      await nextTurn()
      pieces = []
      began = performance.now()
    }
    yield { ...this.#dataOf('running', result), series: pieces }
  }

  async #report(): Promise<PageData | undefined> {
    const aggregates = this.#aggregates
    if (aggregates === undefined) return undefined
    const file = await inTurns(resultFileWork(aggregates.standing(), aggregates.timeline, this.#context.version))
    return { ...(await inTurns(pageDataWork(file, this.#baseline))), state: 'running' }
  }

  #dataOf(state: PageData['state'], result: RunResult): Omit<PageData, 'series'> {
    const control = state === 'running' ? this.#desk.offer() : undefined
    return { state, madeBy: `sockeye ${this.#context.version}`, result, ...(control !== undefined && { control }) }
  }
}

function openInBrowser(url: string, failed: (message: string) => void): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  const child = spawn(command as string, [...args, url], { detached: true, stdio: 'ignore' })
  child.on('error', ({ message }) => failed(message))
  child.unref()
}
