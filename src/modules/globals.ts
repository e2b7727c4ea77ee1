/** The globals that modules add to every VU. world.ts adds its own, language-globals.ts those of the language. */
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
