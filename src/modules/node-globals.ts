/** The globals that packages for Node take for granted. */
import { SHARED_PACKAGES } from '../node/catalog.js'
import { enterWorld, MessageChannel, sharedPackages, webAssembly } from '../node/index.js'
import type { Globals } from './module.js'
import type { World } from './world.js'

/** Node loads them when they are first read; a version that lacks one makes it undefined. */
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
    // The bundler puts a call of it into scripts that import shared packages.
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
