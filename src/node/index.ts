/**
 * Node's modules as scripts and packages import them. All VUs of a shard share them; each is made when it is first imported.
 */
import type { MetricDeclaration } from '../metrics/metric.js'
import { installAbortSignalTimeout } from './abort-signal.js'
import { asyncHooksModule } from './async-context.js'
import { nodeModuleKind, type OurModule, opensSockets } from './catalog.js'
import { cryptoModule } from './crypto.js'
import { asTaskPromise, enterWorld } from './current.js'
import { dnsModule, dnsPromises } from './dns.js'
import { fsModule, fsPromises } from './fs.js'
import { guarded } from './guard.js'
import { httpModule, httpsModule } from './http.js'
import { type MeasuredRequest, measureRequests } from './http-requests.js'
import { http2Module } from './http2.js'
import { MessageChannel } from './message-channel.js'
import { moduleModule } from './module.js'
import { netModule } from './net.js'
import { processModule } from './process.js'
import { refusedModule } from './refusal.js'
import { sharedGlobals, sharedPackages } from './shared.js'
import { NET_METRICS } from './socket-metrics.js'
import { timersModule, timersPromises } from './timers.js'
import { tlsModule } from './tls.js'
import { utilModule } from './util.js'
import { webAssembly } from './web-assembly.js'
import { workerThreadsModule } from './worker-threads.js'
import { zlibModule } from './zlib.js'

const OURS: Readonly<Record<OurModule, () => object>> = {
  async_hooks: asyncHooksModule,
  crypto: cryptoModule,
  dns: () => dnsModule(nodeModule('node:dns/promises')),
  'dns/promises': dnsPromises,
  fs: () => fsModule(nodeModule('node:fs/promises')),
  'fs/promises': fsPromises,
  http: httpModule,
  http2: http2Module,
  https: httpsModule,
  module: () => moduleModule,
  net: netModule,
  process: () => processModule,
  timers: () => timersModule,
  'timers/promises': () => timersPromises,
  tls: tlsModule,
  util: utilModule,
  worker_threads: workerThreadsModule,
  zlib: zlibModule,
}

installAbortSignalTimeout()

const made = new Map<string, object>()

/** The module of a specifier such as `node:net`. */
export function nodeModule(specifier: string): object {
  let module = made.get(specifier)
  if (module === undefined) {
    module = make(specifier.slice('node:'.length))
    made.set(specifier, module)
  }
  return module
}

function make(name: string): object {
  const kind = nodeModuleKind(name)
  if (kind === 'ours') return guarded(name, OURS[name as OurModule]())
  if (kind === 'shared') return process.getBuiltinModule(name) as object
  return refusedModule(name)
}

/** The metrics that importing the module declares. */
export function nodeModuleMetrics(specifier: string): readonly MetricDeclaration[] {
  return opensSockets(specifier) ? NET_METRICS : []
}

export {
  asTaskPromise,
  enterWorld,
  type MeasuredRequest,
  MessageChannel,
  measureRequests,
  sharedGlobals,
  sharedPackages,
  webAssembly,
}
