/** Globals of Node that packages use without an import. */
import { SHARED_PACKAGES } from '../node/catalog.js'
import { enterWorld, MessageChannel, sharedPackages, webAssembly } from '../node/index.js'
import type { Globals } from './module.js'
import type { World } from './world.js'

/** Classes that are Node's own. Reading one loads it, so they are read when a script asks; a version of Node that lacks one gives undefined. */
const OF_NODE = ['CompressionStream', 'DecompressionStream', 'MessagePort', 'TextDecoderStream', 'TextEncoderStream']

const ofNode = Object.fromEntries(
  OF_NODE.map((name) => [name, () => (globalThis as unknown as Record<string, unknown>)[name]]),
)

export const nodeGlobals: Globals = {
  perVu: {
    setImmediate: (world: World) => world.nodeTimers.setImmediate,
    clearImmediate: (world: World) => world.nodeTimers.clearImmediate,
    process: (world: World) => world.require('node:process'),
    Buffer: () => Buffer,
    // Its timeout() is that of node/abort-signal.ts.
    AbortSignal: (world: World) => {
      enterWorld(world)
      return AbortSignal
    },
    WebAssembly: (world: World) => {
      enterWorld(world)
      return webAssembly()
    },
    // Called by code that the bundler adds to scripts which import shared packages.
    [SHARED_PACKAGES]: (world: World) => (code: string, map: string) => {
      enterWorld(world)
      return sharedPackages(code, map)
    },
    MessageChannel: (world: World) => {
      enterWorld(world)
      return MessageChannel
    },
    ...ofNode,
  },
}
