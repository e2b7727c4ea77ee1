/**
 * `--out dashboard`, `--out web-dashboard`, K6_WEB_DASHBOARD=true: the page of a running test. It reads the time series of the run and keeps
 * none of its own; while no page is open it does nothing. The run does not wait for pages: at its end they keep what they have.
 *
 * Source  docs/spec/outputs.md §4
 */
import { spawn } from 'node:child_process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isLoopback } from '../api/access.js'
import type { ControlledRun } from '../api/controlled-run.js'
import { inTurns } from '../base/turns.js'
import { joinHostPort } from '../net/address.js'
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

/** How long the main thread may work for a page that opens before others have their turn, in ms. */
const TURN = 20

/** What the dashboard needs of the run, beside its results. */
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
  /** Epoch milliseconds. Points that began earlier have been sent and will not change. */
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
      ...(port === undefined ? [] : [`http://${joinHostPort(host, port)}`]),
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

  /** When another run has the default port, any free one is taken. A port that the user chose is the only one that will do. */
  async #listen(port: number): Promise<DashboardServer> {
    const { host, token, isPortRequired } = this.#settings
    const source = { parts: () => this.#parts(), report: () => this.#report() }
    const server = new DashboardServer({ host, port, token }, source, this.#desk)
    try {
      await server.listen()
      return server
    } catch (error) {
      if (port !== 0 && !isPortRequired) return this.#listen(0)
      throw new Error(`cannot listen on ${joinHostPort(host, port)}: ${(error as Error).message}`)
    }
  }

  onAggregates(aggregates: MergedAggregates): void {
    this.#aggregates = aggregates
    this.#export?.onAggregates(aggregates)
    // Reports come once a second, not exactly: one that is a little early counts, or the update would be a second late.
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
    // Also without a page: one that opens later gets everything first.
    this.#sentUntil = timeline.completeUntil
    if (this.#server?.hasClients !== true) return
    const result = standing()
    const series = [...timeline.tracks()].map((track) => liveSeries(track, result.startedAt, from))
    this.#server.send({ ...this.#dataOf(state, result), series })
  }

  /** The comparison with the baseline, which needs the whole run. */
  async #sendComparison(): Promise<void> {
    const [result, timeline, baseline] = [this.#ended, this.#aggregates?.timeline, this.#baseline]
    if (result === undefined || timeline === undefined || baseline === undefined) return
    if (this.#server?.hasClients !== true) return
    const file = await inTurns(resultFileWork(result, timeline, this.#context.version))
    const compared = await inTurns(baselineWork(baseline, file))
    this.#server.send({ ...this.#dataOf('ended', result), series: [], baseline: compared })
  }

  /** Everything, for a page that opens; in parts, so that it does not hold up a run of many hours. */
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
