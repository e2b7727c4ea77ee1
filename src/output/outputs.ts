/**
 * All outputs of a run, behind one that cannot fail once it has started: an output that throws or rejects is reported and stopped, and the
 * others go on. When an output cannot start, the run does not begin, so that nothing is lost.
 *
 * Errors  SockeyeError ERR_OUTPUT_FAILED from start(), naming every output that could not be started
 */
import type { Log } from '../log/log.js'
import type { SampleBatch } from '../metrics/recorder.js'
import type { SeriesChange } from '../metrics/series-sink.js'
import { couldNotStart, reasonText } from './errors.js'
import type { Delivery, MergedAggregates, Output } from './output.js'
import type { RunResult } from './run-result.js'
import { SampleReader } from './sample-reader.js'

/** How long outputs may take to write what is left, unless they see to that themselves. */
const STOP_LIMIT_MS = 5_000
/** An output that holds up the test for so long has failed. */
const HOLD_UP_LIMIT_MS = 60_000

/** An output that lost data. */
export interface Loss {
  readonly output: string
  readonly delivery: Delivery
}

export class Outputs {
  readonly #log: Log
  readonly #all: readonly Output[]
  readonly #readers = new Map<number, SampleReader>()
  #active: readonly Output[]
  #failed = new Map<Output, string>()
  #stopping: Promise<void> | null = null
  readonly #stopped = new Set<Output>()

  constructor(outputs: readonly Output[], log: Log) {
    this.#all = outputs
    this.#active = outputs
    this.#log = log
  }

  /** Whether shards must record raw samples. */
  get wantsSamples(): boolean {
    return this.#all.some((output) => output.onSamples !== undefined)
  }

  /** Whether shards must report every time series by itself. */
  get wantsSeries(): boolean {
    return this.#all.some((output) => output.onSeries !== undefined)
  }

  /** Whether time series of the whole run must be kept. */
  get wantsHistory(): boolean {
    return this.#all.some(({ needs }) => needs?.history === true)
  }

  /** The tags that any of them wants time series of. */
  get trackedTags(): string[] {
    return [...new Set(this.#all.flatMap(({ needs }) => needs?.tags ?? []))]
  }

  /** For the text before a run: `json (out.json), csv (file.csv)`, or `-`. */
  get description(): string {
    return this.#all.map((output) => output.description).join(', ') || '-'
  }

  async start(): Promise<void> {
    const results = await Promise.allSettled(this.#active.map(async (output) => output.start()))
    const failures = results.flatMap((result, i) =>
      result.status === 'rejected' ? [{ output: this.#active[i] as Output, reason: result.reason }] : [],
    )
    if (failures.length === 0) return
    this.#active = this.#active.filter((output) => !failures.some((failure) => failure.output === output))
    await this.stop()
    throw couldNotStart(failures.map(({ output, reason }) => ({ name: output.description, reason })))
  }

  onAggregates(aggregates: MergedAggregates): void {
    this.#forEach((output) => output.onAggregates?.(aggregates))
  }

  onSeries(changes: readonly SeriesChange[]): void {
    if (changes.length > 0) this.#forEach((output) => output.onSeries?.(changes))
  }

  /** `taken` is called when all outputs can take more. */
  onSamples(part: number, batch: SampleBatch, taken: () => void = () => {}): void {
    let reader = this.#readers.get(part)
    if (reader === undefined) {
      reader = new SampleReader()
      this.#readers.set(part, reader)
    }
    const samples = reader.read(batch)
    const waits: Promise<void>[] = []
    this.#forEach((output) => {
      const wait = output.onSamples?.(samples)
      if (wait !== undefined) waits.push(this.#waitFor(output, wait))
    })
    if (waits.length === 0) taken()
    else void Promise.all(waits).then(taken)
  }

  onEnd(result: RunResult): void {
    this.#forEach((output) => output.onEnd?.(result))
  }

  /** May be called twice. Network outputs take five seconds at most, files as long as they make progress. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#active.map((output) => this.#stopOne(output))).then(() => undefined)
    return this.#stopping
  }

  /** After `stop`: says once per output what was delivered and lost, and gives the outputs whose loss means that the run has failed. */
  account({ allLossesAreFatal = false } = {}): Loss[] {
    const losses: Loss[] = []
    for (const output of this.#all) {
      const delivery = this.#deliveryOf(output)
      if (delivery === undefined) continue
      if (delivery.lost === 0) {
        // A file that was written needs no message.
        if (delivery.isFatal === undefined) this.#log.info(deliveredText(output, delivery))
        continue
      }
      const isFatal = allLossesAreFatal || delivery.isFatal === true
      this.#log[isFatal ? 'error' : 'warning'](lossText(output, delivery))
      if (isFatal) losses.push({ output: output.description, delivery })
    }
    return losses
  }

  #deliveryOf(output: Output): Delivery | undefined {
    try {
      const delivery = output.delivery?.()
      const failure = this.#failed.get(output)
      if (failure === undefined) return delivery
      return {
        unit: 'results',
        delivered: 0,
        ...delivery,
        lost: delivery?.lost || Number.NaN,
        lastError: delivery?.lastError ?? failure,
      }
    } catch {
      return undefined
    }
  }

  async #waitFor(output: Output, wait: Promise<void>): Promise<void> {
    try {
      await within(HOLD_UP_LIMIT_MS, wait, `it has taken no samples for ${HOLD_UP_LIMIT_MS / 1000} s`)
    } catch (error) {
      this.#fail(output, error)
    }
  }

  async #stopOne(output: Output): Promise<void> {
    const limit = output.stopLimitMs ?? STOP_LIMIT_MS
    try {
      const stopping = Promise.resolve(output.stop())
      await (limit === Number.POSITIVE_INFINITY
        ? stopping
        : within(limit, stopping, `it was not done after ${limit / 1000} s`))
    } catch (error) {
      this.#takeOut(output, error, 'could not be stopped in good order')
    }
    this.#stopped.add(output)
  }

  /** Outputs of others may have async methods, so a promise that `use` returns is watched, too. */
  #forEach(use: (output: Output) => unknown): void {
    for (const output of this.#active) {
      try {
        const result = use(output)
        if (result instanceof Promise) result.catch((error) => this.#fail(output, error))
      } catch (error) {
        this.#fail(output, error)
      }
    }
  }

  #fail(output: Output, error: unknown): void {
    this.#takeOut(output, error, 'failed and was stopped, the test goes on without it')
    // The failure has been told; that of stop() would say nothing new.
    void (async () => output.stop())().catch(() => undefined)
  }

  #takeOut(output: Output, error: unknown, what: string): void {
    if (!this.#active.includes(output)) return
    this.#active = this.#active.filter((each) => each !== output)
    this.#failed.set(output, reasonText(error))
    this.#log.error(`the output ${output.description} ${what}: ${reasonText(error)}`)
  }
}

function deliveredText({ description }: Output, { unit, delivered, lastError }: Delivery): string {
  const trouble = lastError === undefined ? '' : `, after trouble: ${lastError}`
  return `the output ${description} delivered ${delivered} ${unit}${trouble}`
}

function lossText({ description }: Output, { unit, delivered, lost, lastError }: Delivery): string {
  const part = Number.isNaN(lost) ? `some of its ${unit}` : `${lost} of ${lost + delivered} ${unit}`
  return `the output ${description} lost ${part}${lastError === undefined ? '' : `; last error: ${lastError}`}`
}

async function within<T>(limitMs: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limitMs)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
