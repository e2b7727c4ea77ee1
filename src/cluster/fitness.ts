/**
 * Checks before a run whether its agents can run the test.
 *
 * Errors  ClusterError ERR_AGENT_DESCRIPTORS, ERR_SEGMENT_OF_CLUSTER
 */
import type { Workload } from '../engine/workload.js'
import type { Log } from '../log/log.js'
import { requirementsOf } from '../plan/requirements.js'
import { Share } from '../plan/share.js'
import { ClusterError } from './errors.js'
import type { AgentCard } from './protocol.js'
import type { Slot } from './slot.js'

/** File descriptors that a process needs besides one for each VU. */
const OWN_DESCRIPTORS = 64
/** In ms; a warning names clocks that differ by more. */
const LARGEST_CLOCK_DIFFERENCE = 5000

/** Refuses tests with an execution segment: a run on several machines makes segments itself. */
export function assertWhole({ executionSegment, executionSegmentSequence }: Workload): void {
  if (executionSegment === '' && executionSegmentSequence === '') return
  throw new ClusterError(
    'ERR_SEGMENT_OF_CLUSTER',
    `the test has an execution segment (${executionSegment || executionSegmentSequence}), and a run on several machines divides it by itself`,
    'leave executionSegment and executionSegmentSequence out, or run without --nats',
  )
}

/** Refuses agents that could not open a connection for each of their VUs. The test would fail in its middle. */
export function assertCapable(slots: readonly Slot[], sequence: string, { scenarios }: Workload): void {
  const { maxVUs: inAll } = requirementsOf(scenarios, Share.WHOLE)
  for (const { segment, fraction, remote } of slots) {
    const { descriptors, name } = remote?.card ?? {}
    if (descriptors === undefined || descriptors === null) continue
    // An estimate first, because the exact number takes time. Rounding adds at most one VU for each scenario.
    if (inAll * fraction + scenarios.length + OWN_DESCRIPTORS <= descriptors) continue
    const { maxVUs } = requirementsOf(scenarios, Share.parse(segment, sequence))
    if (maxVUs + OWN_DESCRIPTORS <= descriptors) continue
    throw new ClusterError(
      'ERR_AGENT_DESCRIPTORS',
      `agent "${name}" may open ${descriptors} more files, and its part of the test has up to ${maxVUs} VUs`,
      'raise the limit where the agent is started (ulimit -n, LimitNOFILE=), or use more instances',
    )
  }
}

/** Warns of clocks that are wrong, and of agents with different versions of Node or processors. */
export function warnOfDifferences(cards: readonly AgentCard[], wallClock: number, log: Log): void {
  for (const card of cards) {
    const ahead = card.wallClock - wallClock
    if (Math.abs(ahead) < LARGEST_CLOCK_DIFFERENCE) continue
    const far = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`
    log.warning(`the clock of agent "${card.name}" is ${far} this machine's`, {
      hint: 'results do not depend on it, but certificates and what scripts make of Date do: set it, with NTP for example',
    })
  }
  const kinds = new Map<string, string[]>()
  for (const { name, node, architecture } of cards) {
    const kind = `Node ${/^v\d+/.exec(node)?.[0] ?? node} on ${architecture}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), name])
  }
  if (kinds.size < 2) return
  const list = [...kinds].map(([kind, names]) => `${kind} (${listed(names)})`).join(', ')
  log.warning(`the agents are not alike: ${list}`, {
    hint: 'a test runs on all of them, but not equally fast: --require label=value takes those that are alike',
  })
}

/** The first five names: `a, b, c, d, e, 7 more`. */
export function listed(names: readonly string[]): string {
  const first = names.slice(0, 5)
  return [...first, ...(names.length > first.length ? [`${names.length - first.length} more`] : [])].join(', ')
}
