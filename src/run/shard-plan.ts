/** From the test plan to what the shards are told. */
import { optionOverrides, scriptOptions } from '../config/inspect.js'
import type { TestPlan } from '../config/plan.js'
import type { ControlBlock } from '../engine/threads/control-block.js'
import type { LoadedScript, ShardPlan } from '../engine/threads/protocol.js'
import { automaticSubmetrics } from '../metrics/builtin.js'
import { parseLocalIPs } from '../net/local-ips.js'
import { parseNetworkOptions } from '../net/options.js'
import { requirementsOf } from '../plan/requirements.js'
import { Share, splitShare } from '../plan/share.js'
import { type ParsedThresholds, submetricsOf } from '../threshold/parse.js'
import type { RunRequest } from './request.js'

export interface PlannedTest {
  readonly plan: TestPlan
  readonly script: LoadedScript
  readonly thresholds: ParsedThresholds
}

/** As many shards as wanted, but none without a VU. */
export function shardsFor(plan: TestPlan, wanted: number): number {
  return Math.max(1, Math.min(wanted, plan.totals.maxVUs))
}

export function shardPlan(
  { plan, script, thresholds }: PlannedTest,
  control: ControlBlock,
  request: RunRequest,
  recordsSamples: boolean,
): ShardPlan {
  const { options, network } = plan
  const instance = Share.parse(plan.segment.segment, plan.segment.sequence)
  return {
    shards: control.shards,
    plannedVUs: splitShare(instance, control.shards).map((share) => requirementsOf(plan.scenarios, share).plannedVUs),
    scenarios: plan.scenarios,
    executionSegment: plan.segment.segment,
    executionSegmentSequence: plan.segment.sequence,
    minIterationDuration: options.minIterationDuration,
    control: control.buffer,
    submetrics: submetricsOf(thresholds, automaticSubmetrics(options.systemTags)),
    collectsViews: request.runtime.summaryMode === 'full',
    recordsSamples,
    runTags: options.tags,
    systemTags: options.systemTags,
    throw: options.throw,
    userAgent: options.userAgent,
    noCookiesReset: options.noCookiesReset,
    network: parseNetworkOptions(network),
    localIPs: typeof network.localIPs === 'string' && network.localIPs !== '' ? parseLocalIPs(network.localIPs) : null,
    scriptOptions: scriptOptions(plan),
    optionOverrides: optionOverrides(plan),
    openedFiles: script.openedFiles,
    sharedArrays: script.sharedArrays,
  }
}
