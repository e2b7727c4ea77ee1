/** The globals that modules contribute to every world. The world adds its own (world.ts); behind them stand the language's. */
import { fetchGlobals } from './fetch/globals.js'
import { streamGlobals } from './k6-experimental/streams.js'
import { webSocketGlobals } from './k6-websockets/globals.js'
import type { Globals } from './module.js'
import { nodeGlobals } from './node-globals.js'
import { webCryptoGlobals } from './web-crypto.js'

export const MODULE_GLOBALS: readonly Globals[] = [
  webCryptoGlobals,
  webSocketGlobals,
  fetchGlobals,
  streamGlobals,
  nodeGlobals,
]
