/**
 * What a built-in module is to the rest of the program: something that makes its exports for one VU. What it needs beyond that it
 * declares: metrics of its own, and globals.
 *
 * Shape   `create` gives the default object: what `import m from` and `require()` give, what `import { x } from` reads its names
 *         from (at each use, so getters stay live), and what `import * as m from` gives.
 */
import type { MetricDeclaration, MetricDefinition } from '../metrics/metric.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import type { World } from './world.js'

export interface BuiltinModule {
  /**
   * Metrics that exist as soon as the module is imported, so that thresholds on them are valid. Those that k6 has in every run are in
   * metrics/builtin.ts instead.
   */
  readonly metrics?: readonly MetricDeclaration[]
  /** Said once when the module is first imported. */
  readonly deprecation?: string
  create(vu: VirtualUser, world: World): object
}

/** Globals that scripts find without an import; globals.ts lists those who have some. */
export interface Globals {
  /** Made for a VU when its script first looks for them. */
  readonly perVu?: Readonly<Record<string, (world: World) => unknown>>
  /** One for all VUs of a thread. */
  readonly shared?: Readonly<Record<string, unknown>>
}

/** Finds a metric that a module declares. Those that exist in every run are at hand as `vu.shard.builtins`. */
export function moduleMetric(vu: VirtualUser, name: string): MetricDefinition {
  const metric = vu.shard.registry.get(name)
  if (metric === undefined) throw new Error(`metric ${name} was not declared by its module; this is a bug in sockeye`)
  return metric
}
