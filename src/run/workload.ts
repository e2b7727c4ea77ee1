/** Makes the workload of an engine from the plan of a test. */
import { optionOverrides, scriptOptions } from '../config/inspect.js'
import type { TestPlan } from '../config/plan.js'
import type { Workload } from '../engine/workload.js'
import { automaticSubmetrics } from '../metrics/builtin.js'
import { parseLocalIPs } from '../net/local-ips.js'
import { parseNetworkOptions } from '../net/options.js'
import { type ParsedThresholds, submetricsOf } from '../threshold/parse.js'

/** What must be measured for thresholds, the summary and outputs. */
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
