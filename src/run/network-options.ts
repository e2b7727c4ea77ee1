/** How modules from the network are loaded, from the options of a command. */
import type { RuntimeOptions } from '../config/runtime.js'
import { defaultCacheFolder } from '../script/module-cache.js'
import type { NetworkModuleOptions } from '../script/network-modules.js'
import type { RunHost } from './request.js'

export function networkModuleOptions(runtime: RuntimeOptions, env: RunHost['env']): NetworkModuleOptions {
  return {
    cacheFolder: runtime.moduleCache ?? defaultCacheFolder(env),
    allowsHttp: runtime.allowHttpModules,
    prefersHelpers: runtime.bundledJslib,
    ignoresLock: false,
  }
}
