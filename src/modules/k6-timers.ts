/** Module `k6/timers`: the four timer functions that are globals, too. */
import type { BuiltinModule } from './module.js'

export const k6Timers: BuiltinModule = {
  create: (_vu, world) => ({
    setTimeout: world.global.setTimeout,
    clearTimeout: world.global.clearTimeout,
    setInterval: world.global.setInterval,
    clearInterval: world.global.clearInterval,
  }),
}
