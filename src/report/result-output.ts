/**
 * The output of `--save FILE` and `--report FILE`: at the end of the run it writes the result, or a report of it.
 */
import { resolve } from 'node:path'
import { inTurns } from '../base/turns.js'
import { writeInFolder } from '../base/write-in-folder.js'
import type { Delivery, MergedAggregates, Output, OutputContext } from '../output/output.js'
import type { RunResult } from '../output/run-result.js'
import { writablePath } from '../output/written-file.js'
import { type ResultFile, resultFileWork } from './result-file.js'

export class ResultOutput implements Output {
  readonly description: string
  readonly file: string
  readonly needs = { history: true, tags: ['scenario'] }
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #path: string
  readonly #context: Pick<OutputContext, 'workingDirectory' | 'version'>
  readonly #render: (file: ResultFile, path: string) => Uint8Array | Promise<Uint8Array>
  #fullPath = ''
  #measured: Pick<MergedAggregates, 'timeline' | 'registry'> | undefined
  #result: RunResult | undefined
  #failure: string | undefined

  /** @param what it is: `result`, `report` */
  constructor(
    what: string,
    path: string,
    context: Pick<OutputContext, 'workingDirectory' | 'version'>,
    render: (file: ResultFile, path: string) => Uint8Array | Promise<Uint8Array>,
  ) {
    this.#path = path
    this.#context = context
    this.#render = render
    this.file = resolve(context.workingDirectory, path)
    this.description = `${what} (${path})`
  }

  async start(): Promise<void> {
    this.#fullPath = await writablePath(this.#path, this.#context.workingDirectory)
  }

  onAggregates({ timeline, registry }: MergedAggregates): void {
    this.#measured = { timeline, registry }
  }

  onEnd(result: RunResult): void {
    this.#result = result
  }

  async stop(): Promise<void> {
    if (this.#result === undefined || this.#measured === undefined) return
    try {
      const { timeline, registry } = this.#measured
      const file = await inTurns(resultFileWork(this.#result, timeline, this.#context.version, registry))
      await writeInFolder(this.#fullPath, await this.#render(file, this.#path))
    } catch (error) {
      this.#failure = (error as Error).message
    }
  }

  delivery(): Delivery {
    const failure = this.#failure
    if (failure === undefined) return { unit: 'files', delivered: 1, lost: 0, isFatal: false }
    return { unit: 'files', delivered: 0, lost: 1, lastError: failure, isFatal: true }
  }
}
