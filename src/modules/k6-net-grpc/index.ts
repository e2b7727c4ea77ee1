/**
 * Module `k6/net/grpc`.
 *
 * Source  docs/spec/http.md §25
 */
import { Code } from '../../net/grpc/status.js'
import type { BuiltinModule } from '../module.js'
import { grpcClassesFor } from './classes.js'
import { GRPC_METRICS } from './metrics.js'

const CONSTANTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(Code).map(([name, code]) => [`Status${name}`, code])),
  HealthCheckUnknown: 0,
  HealthCheckServing: 1,
  HealthCheckNotServing: 2,
  // Spelled as on k6.
  HealthCheckServiceUnkown: 3,
}

export const k6NetGrpc: BuiltinModule = {
  metrics: GRPC_METRICS,
  create: (vu, world) => ({ ...CONSTANTS, ...grpcClassesFor(vu, world) }),
}
