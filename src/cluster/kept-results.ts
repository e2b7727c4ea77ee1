/**
 * Writes the results of an agent that has lost its coordinator: a result file of its part, in the format of `run --save`. `sockeye merge`
 * makes the summary of the whole test from the files of all agents.
 *
 * Shape   FOLDER/result-RUN-AGENT.json
 * Errors  are logged, and the agent continues
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { API_TREND_STATS } from '../api/controlled-run.js'
import { writeInFolder } from '../base/write-in-folder.js'
import type { AggregateReport, ResultListener } from '../engine/engine.js'
import type { LoadedScript, Workload } from '../engine/workload.js'
import type { Log } from '../log/log.js'
import { resultBytes, resultFile } from '../report/result-file.js'
import { ExitCode } from '../run/exit-codes.js'
import { Measurements } from '../run/measurements.js'
import { runResultOf } from '../run/run-result.js'
import { LISTED_ERRORS } from '../run/summary-writer.js'
import { version } from '../run/version.js'
import { ThresholdEvaluator } from '../threshold/evaluator.js'
import { type ParsedThresholds, parseThresholds } from '../threshold/parse.js'
import type { Standing } from './protocol.js'

interface KeptRun {
  readonly run: string
  readonly script: LoadedScript
  /** The URL of the script, for people. */
  readonly url: string
  readonly workload: Workload
  /** Returns epoch milliseconds. */
  readonly now: () => number
}

class KeptResults implements Pick<ResultListener, 'onAggregates'> {
  readonly #kept: KeptRun
  readonly #measurements: Measurements
  readonly #thresholds: ParsedThresholds
  #scenariosBegan: number | undefined
  #scenariosEnded: number | undefined
  readonly #began: number

  constructor(kept: KeptRun) {
    this.#kept = kept
    const { script, workload, now } = kept
    this.#thresholds = parseThresholds((workload.scriptOptions as { thresholds?: unknown }).thresholds)
    this.#measurements = new Measurements({
      ...workload,
      metrics: script.metrics,
      collectsViews: false,
      recordsSamples: false,
      collectsSeries: false,
      timeline: { history: true, recentMs: 0 },
      now,
    })
    this.#began = now()
  }

  scenariosBegin(): void {
    this.#scenariosBegan = this.#kept.now()
  }

  scenariosEnd(): void {
    this.#scenariosEnded = this.#kept.now()
  }

  onAggregates(part: number, report: AggregateReport): void {
    this.#measurements.merge(part, report)
  }

  /** Writes the result file and returns its path. */
  async write(folder: string, agent: string, { progress }: Standing): Promise<string> {
    const { run, url, workload, now } = this.#kept
    const { registry, timeline } = this.#measurements
    this.#measurements.gauge(progress.vus.active, progress.vus.initialized)
    const end = now()
    const durationMs = end - this.#began
    const began = this.#scenariosBegan
    const scenariosMs = began === undefined ? undefined : (this.#scenariosEnded ?? end) - began
    const evaluator = new ThresholdEvaluator(this.#thresholds, registry)
    evaluator.evaluate(durationMs, { final: true, rateMs: scenariosMs })
    const { summaryTrendStats } = workload.scriptOptions as { summaryTrendStats?: readonly string[] | null }
    const result = runResultOf({
      ...this.#measurements,
      errors: this.#measurements.errors.mostFrequent(LISTED_ERRORS),
      thresholds: this.#thresholds,
      evaluator,
      durationMs,
      scenariosMs,
      trendStats: summaryTrendStats ?? API_TREND_STATS,
      exitCode: ExitCode.internalError,
      reason: 'the coordinator of the run was lost',
      script: url,
      startedAt: this.#began,
      notes: [`This is the part of agent "${agent}" in run ${run}; sockeye merge joins the parts.`],
      log: [],
      planned: [],
      scenarios: [],
      tags: workload.runTags,
      machine: {
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cores: availableParallelism(),
      },
    })
    const path = join(folder, `result-${run}-${agent.replace(/[^\w.-]/g, '_')}.json`)
    await writeInFolder(path, await resultBytes({ ...resultFile(result, timeline, version, registry), run }, path))
    return path
  }
}

/** Begins to collect the results of a run, in case it loses its coordinator. */
export type Keep = (kept: KeptRun) => Keeper

export interface Keeper {
  readonly results: KeptResults | undefined
  /** The instance has lost its coordinator and has ended: writes the file, or logs that the results are lost when there is no folder. */
  end(standing: Standing): Promise<void>
}

export function keepIn(folder: string | undefined, agent: string, log: Log): Keep {
  return (kept) => {
    const results = folder === undefined ? undefined : new KeptResults(kept)
    return {
      results,
      end: async (standing) => {
        if (results === undefined || folder === undefined) {
          log.warning('what was measured in this run is lost', { hint: 'sockeye agent --save FOLDER keeps it' })
          return
        }
        try {
          log.info(`what was measured is in ${await results.write(folder, agent, standing)}`)
        } catch (error) {
          log.error(`what was measured could not be kept: ${(error as Error).message}`)
        }
      },
    }
  }
}
