/** From the test plan to what an engine is told. */
import { optionOverrides, scriptOptions } from '../config/inspect.js'
import type { TestPlan } from '../config/plan.js'
import type { Workload } from '../engine/workload.js'
import { automaticSubmetrics } from '../metrics/builtin.js'
import { parseLocalIPs } from '../net/local-ips.js'
import { parseNetworkOptions } from '../net/options.js'
import { type ParsedThresholds, submetricsOf } from '../threshold/parse.js'

/** What the results are to be used for decides what is measured, and how finely. */
export interface WorkloadNeeds
  extends Pick<Workload, 'collectsViews' | 'collectsSeries' | 'trackedTags' | 'recordsSamples'> {
  readonly thresholds: ParsedThresholds
}

export function workloadOf(plan: TestPlan, { thresholds, ...needs }: WorkloadNeeds): Workload {
  const { options, network } = plan
  return {
    scenarios: plan.scenarios,
    executionSegment: plan.segment.segment,
    executionSegmentSequence: plan.segment.sequence,
    minIterationDuration: options.minIterationDuration,
    submetrics: submetricsOf(thresholds, automaticSubmetrics(options.systemTags)),
    ...needs,
    runTags: options.tags,
    systemTags: options.systemTags,
    throw: options.throw,
    userAgent: options.userAgent,
    noCookiesReset: options.noCookiesReset,
    keepConnections: options.keepConnections,
    freezesEnv: options.features.includes('freeze-env'),
    http: options.http,
    network: parseNetworkOptions(network),
    localIPs: typeof network.localIPs === 'string' && network.localIPs !== '' ? parseLocalIPs(network.localIPs) : null,
    scriptOptions: scriptOptions(plan),
    optionOverrides: optionOverrides(plan),
  }
}
