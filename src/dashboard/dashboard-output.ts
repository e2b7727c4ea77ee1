/**
 * `--out dashboard`, `--out web-dashboard`, K6_WEB_DASHBOARD=true: the page of a running test. It reads the run's time series and keeps
 * nothing of its own; without an open page it does nothing. The run does not wait for pages: they keep what they have at its end.
 *
 * Source  docs/spec/outputs.md §4
 */
import { spawn } from 'node:child_process'
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import type { Delivery, MergedAggregates, Output, OutputContext } from '../output/output.js'
import type { RunResult } from '../output/run-result.js'
import { liveSeries, type PageData } from '../report/page-data.js'
import { reportBytes } from '../report/render-report.js'
import { ResultOutput } from '../report/result-output.js'
import { DashboardServer } from './server.js'
import { type DashboardSettings, dashboardSettings } from './settings.js'

export class DashboardOutput implements Output {
  readonly description: string
  readonly needs: { readonly history: true; readonly tags: readonly string[] }
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #settings: DashboardSettings
  readonly #context: OutputContext
  readonly #export: ResultOutput | undefined
  #server: DashboardServer | undefined
  #aggregates: MergedAggregates | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  /** Epoch milliseconds: what began before has been sent, and changes no more. */
  #sentUntil = Number.NEGATIVE_INFINITY

  constructor(argument: string, context: OutputContext) {
    const settings = dashboardSettings(argument, context)
    const { host, port, exportPath } = settings
    this.#settings = settings
    this.#context = context
    this.#export = exportPath === '' ? undefined : new ResultOutput('report', exportPath, context, reportBytes)
    this.needs = { history: true, tags: ['scenario', ...settings.tags] }
    const places = [
      ...(port === undefined ? [] : [`http://${host}:${port}`]),
      ...(exportPath === '' ? [] : [exportPath]),
    ]
    this.description = `web-dashboard (${places.join(', ')})`
  }

  async start(): Promise<void> {
    await this.#export?.start()
    const { port, host, token, isPortRequired, opens } = this.#settings
    if (port === undefined) return
    const server = new DashboardServer({ host, port, token }, () => this.#data())
    try {
      await server.listen()
    } catch (error) {
      if (isPortRequired) throw new Error(`cannot listen on ${host}:${port}: ${(error as Error).message}`)
      const text = `there is no dashboard: ${(error as Error).message}`
      this.#context.log.warning(text, { hint: '--out dashboard=port=0 takes a free port' })
      return
    }
    this.#server = server
    this.#context.log.info(`the dashboard is at ${server.url}`)
    if (opens) openInBrowser(server.url, (message) => this.#context.log.warning(`no browser was opened: ${message}`))
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
    this.#send('ended', () => result)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#export?.stop(), this.#server?.close()])
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
    if (this.#server?.hasClients === true)
      this.#server.send('update', this.#dataFrom(from, timeline, state, standing()))
  }

  /** For a page that opens. */
  #data(): PageData | undefined {
    const aggregates = this.#aggregates
    if (aggregates === undefined) return undefined
    return this.#dataFrom(undefined, aggregates.timeline, 'running', aggregates.standing())
  }

  #dataFrom(from: number | undefined, timeline: TimelineReader, state: PageData['state'], result: RunResult): PageData {
    const madeBy = `sockeye ${this.#context.version}`
    return { state, madeBy, result, series: liveSeries(timeline, result.startedAt, from) }
  }
}

function openInBrowser(url: string, failed: (message: string) => void): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  const child = spawn(command as string, [...args, url], { detached: true, stdio: 'ignore' })
  child.on('error', ({ message }) => failed(message))
  child.unref()
}
