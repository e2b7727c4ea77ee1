/**
 * All outputs of a run, behind one that cannot fail once it has started: an output that throws is reported, taken out, and the
 * others go on. One that cannot even start is the user's mistake: nothing is run and nothing lost.
 *
 * Errors  SockeyeError ERR_OUTPUT_FAILED from start(), naming every output that could not be started
 */
import type { Log } from '../log/log.js'
import type { SampleBatch } from '../metrics/recorder.js'
import { couldNotStart, reasonText } from './errors.js'
import type { MergedAggregates, Output } from './output.js'
import { SampleReader } from './sample-reader.js'

/** How long outputs may take to write what is left. */
const STOP_LIMIT_MS = 10_000

export class Outputs {
  readonly #log: Log
  readonly #readers = new Map<number, SampleReader>()
  #active: Output[]
  #stopping: Promise<void> | null = null

  constructor(outputs: readonly Output[], log: Log) {
    this.#active = [...outputs]
    this.#log = log
  }

  /** Whether shards must record raw samples. */
  get wantsSamples(): boolean {
    return this.#active.some((output) => output.onSamples !== undefined)
  }

  /** Whether time series of the whole run must be kept. */
  get wantsHistory(): boolean {
    return this.#active.some(({ needs }) => needs?.history === true)
  }

  /** The tags that any of them wants time series of. */
  get trackedTags(): string[] {
    return [...new Set(this.#active.flatMap(({ needs }) => needs?.tags ?? []))]
  }

  /** For the text before a run: `json (out.json), csv (file.csv)`, or `-`. */
  get description(): string {
    return this.#active.map((output) => output.description).join(', ') || '-'
  }

  async start(): Promise<void> {
    const results = await Promise.allSettled(this.#active.map((output) => output.start()))
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

  onSamples(shard: number, batch: SampleBatch): void {
    let reader = this.#readers.get(shard)
    if (reader === undefined) {
      reader = new SampleReader()
      this.#readers.set(shard, reader)
    }
    const samples = reader.read(batch)
    this.#forEach((output) => output.onSamples?.(samples))
  }

  /** May be called twice. Takes ten seconds at most. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#active.map((output) => this.#stopOne(output))).then(() => undefined)
    return this.#stopping
  }

  async #stopOne(output: Output): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${STOP_LIMIT_MS / 1000} s`)), STOP_LIMIT_MS)
    })
    try {
      await Promise.race([output.stop(), limit])
    } catch (error) {
      this.#takeOut(output, error, 'could not be stopped')
    } finally {
      clearTimeout(timer)
    }
  }

  #forEach(use: (output: Output) => void): void {
    for (const output of this.#active) {
      try {
        use(output)
      } catch (error) {
        this.#takeOut(output, error, 'failed and was stopped')
        output.stop().catch(() => undefined)
      }
    }
  }

  #takeOut(output: Output, error: unknown, what: string): void {
    this.#active = this.#active.filter((each) => each !== output)
    this.#log.error(`the output ${output.description} ${what}, the test goes on without it: ${reasonText(error)}`)
  }
}
