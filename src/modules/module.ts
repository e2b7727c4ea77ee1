/**
 * The interface of a built-in module: it makes its exports for one VU, and declares its metrics and its globals.
 *
 * Shape   `create` gives one object for every form of import: `import m from`, `import * as m from` and `require()` give it, and
 *         `import { x } from` reads `x` from it at each use, so getters stay live
 */
import type { MetricDeclaration, MetricDefinition } from '../metrics/metric.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import type { World } from './world.js'

export interface BuiltinModule {
  /**
   * Metrics that exist as soon as the module is imported, so that thresholds on them are valid. The metrics of every run are in
   * metrics/builtin.ts.
   */
  readonly metrics?: readonly MetricDeclaration[]
  /** A warning for the log when the module is first imported. */
  readonly deprecation?: string
  create(vu: VirtualUser, world: World): object
}

/** Globals of a module, which scripts find without an import. globals.ts lists all of these objects. */
export interface Globals {
  /** One value for each VU, made when its script first reads the global. */
  readonly perVu?: Readonly<Record<string, (world: World) => unknown>>
  /** One value for all VUs of a thread. */
  readonly shared?: Readonly<Record<string, unknown>>
}

/** A metric that a module declares. The metrics of every run are in `vu.shard.builtins`. */
export function moduleMetric(vu: VirtualUser, name: string): MetricDefinition {
  const metric = vu.shard.registry.get(name)
  if (metric === undefined) throw new Error(`metric ${name} was not declared by its module; this is a bug in sockeye`)
  return metric
}
