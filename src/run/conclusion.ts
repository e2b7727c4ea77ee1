/**
 * The last phase of a run: whatever was measured is flushed, evaluated and shown, and the exit code is found.
 *
 *   flush ▸ thresholds ▸ control API closed ▸ view closed ▸ summary ▸ outputs closed ▸ exit code
 */
import type { LogFields } from '../log/record.js'
import { ExitCode, ReasonCode } from './exit-codes.js'
import type { Preparation } from './preparation.js'
import type { EndedTest } from './running-test.js'
import type { RunSession } from './session.js'
import type { SummaryHook } from './summary-writer.js'

const FLUSH_LIMIT = 5000

export async function conclude(session: RunSession, preparation: Preparation, ended: EndedTest): Promise<number> {
  const { calls, engine, stop, time } = session
  const { verdict } = preparation
  time.end()
  await engine.flush(FLUSH_LIMIT)
  verdict.measurements.gaugeWebSockets(engine.progress().openWebSockets)
  if (ended.ranScenarios && !verdict.measurements.hasIterations) warnOfNoIterations(session)
  // The loss has been logged.
  if (engine.hasLostWork) stop.conclude({ exitCode: ExitCode.internalError, code: ReasonCode.shardDied, message: '' })
  const summaryHook = summaryHookOf(session, preparation)
  // Closing takes as long as the summary, so both happen at once.
  if (summaryHook === undefined) void engine.close()
  await verdict.complete({
    startedAt: time.startedAt === undefined ? undefined : session.epochOrigin + time.startedAt,
    durationMs: time.duration,
    setupData: calls.setupData,
    iterations: engine.progress().iterations,
    losses: engine.losses,
    summaryHook,
    beforeSummary: async () => {
      await ended.closeApi()
      // The summary comes below the last state of the progress.
      ended.closeView()
    },
  })
  return verdict.pronounce()
}

function warnOfNoIterations(session: RunSession): void {
  const text = 'No script iterations fully finished, consider making the test duration longer'
  session.log.warning(text, whyUnfinished(session))
}

/** A hint for when iterations were cut off: a socket that was left open is as likely as a test that is too short. */
function whyUnfinished({ engine, stop }: RunSession): LogFields {
  const { interrupted } = engine.progress().iterations
  if (interrupted === 0 || stop.isStopped || !engine.isComplete) return {}
  return {
    hint: 'an iteration lasts until its sockets are closed and its timers have fired: does the script close them?',
  }
}

/** The script's own summary. */
function summaryHookOf(
  { calls, log, request, stop }: RunSession,
  { script, plan }: Preparation,
): SummaryHook | undefined {
  if (request.runtime.summaryMode === 'disabled') return undefined
  if (script.values.includes('handleSummary')) log.error('exported identifier handleSummary must be a function')
  if (stop.skipsTeardown || !script.functions.includes('handleSummary')) return undefined
  return (data) => calls.call('handleSummary', data, plan.options.handleSummaryTimeout)
}
