/** Prints the text before a run, unless --quiet is set. */
import picocolors from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import { describeScenario } from '../config/describe.js'
import type { TestPlan } from '../config/plan.js'
import type { RuntimeOptions } from '../config/runtime.js'
import { Segment } from '../plan/segment.js'
import { Share } from '../plan/share.js'
import { renderBanner } from '../terminal/banner.js'
import type { RunHost, RunRequest } from './request.js'

export function colorsFor(host: RunHost, runtime: RuntimeOptions): Colors {
  return picocolors.createColors(host.stdout.isTTY === true && !runtime.noColor)
}

export function printBanner(
  plan: TestPlan,
  { runtime, script }: RunRequest,
  host: RunHost,
  { execution, outputs }: { readonly execution: string; readonly outputs: string },
): void {
  if (runtime.quiet) return
  const { segment, sequence } = plan.segment
  const share = Share.parse(segment, sequence)
  const facts = {
    execution,
    script,
    outputs: outputs === '-' ? [] : [outputs],
    segment: Segment.parse(segment).length.toNumber(),
    maxVus: plan.totals.maxVUs,
    maxDurationMs: plan.totals.duration,
    scenarios: plan.scenarios.map((scenario) => ({
      name: scenario.name,
      description: describeScenario(scenario, share),
      startTimeMs: scenario.startTime,
    })),
  }
  const width = host.stdout.isTTY === true ? host.stdout.columns : undefined
  host.stdout.write(renderBanner(facts, colorsFor(host, runtime), width))
}
