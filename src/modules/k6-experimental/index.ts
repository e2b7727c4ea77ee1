/** The modules of `k6/experimental/`. `timers` and `webcrypto` give what is global today. */
import { k6Timers } from '../k6-timers.js'
import type { BuiltinModule } from '../module.js'

export { k6Csv } from './csv.js'
export { k6Fs } from './fs.js'
export { k6Streams } from './streams.js'

export const k6ExperimentalTimers: BuiltinModule = {
  deprecation:
    "k6/experimental/timers has been graduated, and it's now globally available. You just need to remove the import; k6/timers " +
    'has the same functions.',
  create: (vu, world) => k6Timers.create(vu, world),
}

export const k6ExperimentalWebcrypto: BuiltinModule = {
  deprecation:
    "k6/experimental/webcrypto has been graduated, and it's now globally available as `crypto`. You just need to remove the import.",
  create: (_vu, { global }) => ({ crypto: global['crypto'] }),
}
