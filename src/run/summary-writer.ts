/**
 * The end-of-test summary: the text on stdout or what `handleSummary` makes of it, and the export file.
 *
 * Errors  logged. When a file could not be written, a result is lost, and the caller gets the error
 * Source  docs/spec/runner.md §4.9
 */
import { resolve } from 'node:path'
import { SockeyeError } from '../base/errors.js'
import type { TestPlan } from '../config/plan.js'
import type { RuntimeOptions } from '../config/runtime.js'
import type { CallResult, SummaryFile } from '../engine/calls.js'
import type { Log } from '../log/log.js'
import { buildResults } from '../summary/build.js'
import { type SummaryContext, summaryData, summaryExport } from '../summary/data.js'
import { machineReadableExport, machineReadableSummary } from '../summary/machine-readable.js'
import type { RunResults, SummaryNote } from '../summary/results.js'
import { renderText } from '../summary/text.js'
import { writeSummaryFiles } from '../summary/write-files.js'
import type { ThresholdEvaluator } from '../threshold/evaluator.js'
import type { ParsedThresholds } from '../threshold/parse.js'
import type { Measurements } from './measurements.js'
import type { RunHost, Standing } from './request.js'
import { K6_VERSION } from './version.js'

export interface SummaryWriterOptions {
  readonly host: RunHost
  readonly runtime: RuntimeOptions
  readonly log: Log
  readonly plan: TestPlan
  readonly measurements: Measurements
  readonly thresholds: ParsedThresholds
  /** The thresholds, after their final evaluation. */
  readonly evaluator: ThresholdEvaluator
  readonly durationMs: number
  /** Undefined when no scenario ran. */
  readonly scenariosMs: number | undefined
  /** What setup returned, as JSON; undefined when it returned nothing. */
  readonly setupData: string | undefined
  readonly notes: readonly SummaryNote[]
  /** The last line: a reason to doubt the verdict. */
  readonly reservation: string | undefined
  /** The source text of the main script, for the machine-readable summary. */
  readonly scriptText: string
}

export const LISTED_ERRORS = 10

/** Calls the script's handleSummary with the JSON of its argument. */
export type SummaryHook = (data: string) => Promise<CallResult>

export class SummaryWriter {
  readonly #options: SummaryWriterOptions

  constructor(options: SummaryWriterOptions) {
    this.#options = options
  }

  /** `callHook` is undefined when the script has no handleSummary. Returns the error when a file could not be written. */
  async write(callHook: SummaryHook | undefined): Promise<SockeyeError | undefined> {
    const { summaryExport: exportPath, summaryMode } = this.#options.runtime
    const isShown = summaryMode !== 'disabled'
    if (!isShown && exportPath === '') return undefined
    const results = this.#results()
    const context = this.#context()
    const { data, exported } = this.#schemas(results, context)
    const own = callHook === undefined ? undefined : this.#filesOf(await callHook(JSON.stringify(data())))
    const shown = own ?? (isShown ? [{ target: 'stdout', content: this.#text(results) }] : [])
    return this.#save([...shown, ...(exportPath === '' ? [] : [{ target: exportPath, content: exported() }])])
  }

  /** The summary and the export file if the test ended now. handleSummary is not called. */
  standing(): Standing {
    const { runtime, host } = this.#options
    const results = this.#results()
    const summary = runtime.summaryMode === 'disabled' ? '' : this.#text(results)
    if (runtime.summaryExport === '') return { summary }
    const { exported } = this.#schemas(results, this.#context())
    return { summary, file: { path: resolve(host.cwd, runtime.summaryExport), content: exported() } }
  }

  /** The argument of handleSummary and the content of the export file, in the schema that was asked for. */
  #schemas(results: RunResults, context: SummaryContext): { data(): unknown; exported(): string } {
    if (!this.#options.runtime.newMachineReadableSummary) {
      return {
        data: () => summaryData(results, context),
        exported: () => summaryExport(results, context.setupData),
      }
    }
    const machine = { script: this.#options.scriptText, generatedAt: new Date(), version: K6_VERSION }
    return {
      data: () => machineReadableSummary(results, machine),
      exported: () => machineReadableExport(results, machine),
    }
  }

  #results(): RunResults {
    const { measurements, thresholds, evaluator, durationMs, scenariosMs, plan, runtime, notes, reservation } =
      this.#options
    return buildResults({
      registry: measurements.registry,
      checks: measurements.checks,
      thresholds,
      evaluator,
      durationMs,
      scenariosMs,
      options: {
        mode: runtime.summaryMode === 'full' ? 'full' : 'compact',
        trendStats: plan.options.summaryTrendStats,
        timeUnit: plan.options.summaryTimeUnit === '' ? null : plan.options.summaryTimeUnit,
      },
      errors: measurements.errors.mostFrequent(LISTED_ERRORS),
      notes,
      reservation,
    })
  }

  #context(): SummaryContext {
    const { host, runtime, setupData } = this.#options
    return {
      noColor: runtime.noColor,
      isStdOutTTY: host.stdout.isTTY === true,
      isStdErrTTY: host.stderr.isTTY === true,
      setupData: setupData === undefined ? undefined : JSON.parse(setupData),
    }
  }

  #text(results: RunResults): string {
    const { host, runtime } = this.#options
    const isTerminal = host.stdout.isTTY === true
    return `\n${renderText(results, { colors: isTerminal && !runtime.noColor, width: isTerminal ? host.stdout.columns : undefined })}\n\n`
  }

  /** The files that handleSummary returned; undefined when the default summary is printed instead. */
  #filesOf(result: CallResult): readonly SummaryFile[] | undefined {
    switch (result.outcome) {
      case 'returned':
        return result.value.kind === 'files' ? result.value.files : undefined
      case 'invalid':
        this.#failed(result.message)
        return undefined
      case 'timed out':
        this.#failed(
          `handleSummary() execution timed out after ${this.#options.plan.options.handleSummaryTimeout / 1000} seconds`,
        )
        return undefined
      default:
        return undefined
    }
  }

  async #save(files: readonly SummaryFile[]): Promise<SockeyeError | undefined> {
    const { stdout, stderr, cwd } = this.#options.host
    try {
      await writeSummaryFiles(files, { stdout, stderr, workingDirectory: cwd })
      return undefined
    } catch (error) {
      if (!(error instanceof SockeyeError)) throw error
      this.#failed(error.message)
      return error
    }
  }

  #failed(error: string): void {
    this.#options.log.error('failed to handle the end-of-test summary', { error })
  }
}
