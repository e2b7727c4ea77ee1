/**
 * What a built-in module is to the rest of the program: something that makes its exports for one VU.
 *
 * Shape   `create` gives the default object: what `import m from` and `require()` give, what `import { x } from` reads its names
 *         from (at each use, so getters stay live), and what `import * as m from` gives.
 */
import type { MetricDefinition, MetricType, ValueKind } from '../metrics/metric.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import type { World } from './world.js'

export interface BuiltinModule {
  /** Built-in metrics that exist as soon as the module is imported, so that thresholds on them are valid. */
  readonly metrics?: readonly (readonly [name: string, type: MetricType, contains?: ValueKind])[]
  /** Said once when the module is first imported. */
  readonly deprecation?: string
  create(vu: VirtualUser, world: World): object
}

/** Finds a built-in metric of a module, which the shard declared when the script was loaded. */
export function builtinMetric(vu: VirtualUser, name: string): MetricDefinition {
  const metric = vu.shard.registry.get(name)
  if (metric === undefined) throw new Error(`built-in metric ${name} was not declared; this is a bug in sockeye`)
  return metric
}
