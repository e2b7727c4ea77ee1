/** Module `k6/x/tcp`: one class, `Socket`. */
import type { BuiltinModule } from '../module.js'
import { TCP_METRICS } from './metrics.js'
import { socketClassFor } from './socket.js'

export const k6XTcp: BuiltinModule = {
  metrics: TCP_METRICS,
  create: (vu) => ({ Socket: socketClassFor(vu) }),
}
