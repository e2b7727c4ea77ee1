/**
 * One test run from the script's path to an exit code.
 *
 *   Preparation   load ▸ plan ▸ outputs made
 *   RunningTest   control API ▸ outputs ▸ initialise VUs ▸ [paused] ▸ setup ▸ scenarios ▸ teardown ▸ [linger]
 *   Conclusion    flush ▸ thresholds ▸ outputs closed ▸ summary ▸ exit code
 *
 * When something goes wrong after the outputs have started, what was measured is still flushed, evaluated and shown. The first reason to stop
 * decides the exit code.
 *
 * Source  docs/spec/runner.md §4
 */
import { conclude } from './conclusion.js'
import { type CreateEngine, createThreadEngine } from './create-engine.js'
import { drawPlan } from './dry-run.js'
import { ExitCode } from './exit-codes.js'
import { withLog } from './open-log.js'
import { prepare } from './preparation.js'
import type { RunHost, RunRequest } from './request.js'
import { RunningTest } from './running-test.js'
import { RunSession } from './session.js'

/** Runs a test and gives the exit code of the process. Never throws for what a user can cause. */
export function runTest(
  request: RunRequest,
  host: RunHost,
  createEngine: CreateEngine = createThreadEngine,
): Promise<number> {
  return withLog(request, host, async (logging) => {
    const session = new RunSession(request, host, logging, createEngine)
    try {
      return await run(session)
    } finally {
      await session.close()
    }
  })
}

async function run(session: RunSession): Promise<number> {
  const { request, host, stop } = session
  const preparation = await Promise.race([prepare(session), stop.stopped.then(() => undefined)])
  if (preparation === undefined) return stop.exitCode
  if (request.runtime.dryRun) {
    // Everything has been checked, except that outputs can be reached.
    host.stdout.write(drawPlan(preparation.plan))
    return ExitCode.success
  }
  const test = await RunningTest.open(session, preparation)
  const ended = await test.run()
  return conclude(session, preparation, ended)
}
