/** The built-in modules, by the specifier that scripts import them with. */
import { enterWorld, type MeasuredRequest, measureRequests, nodeModule, nodeModuleMetrics } from '../node/index.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import type { BuiltinSpecifier } from './catalog.js'
import { k6 } from './k6/index.js'
import { k6Crypto } from './k6-crypto/index.js'
import { k6X509 } from './k6-crypto/x509.js'
import { k6Data } from './k6-data/index.js'
import { k6Encoding } from './k6-encoding/index.js'
import { k6Execution } from './k6-execution.js'
import { k6Csv, k6ExperimentalTimers, k6ExperimentalWebcrypto, k6Fs, k6Streams } from './k6-experimental/index.js'
import { k6Html } from './k6-html/index.js'
import { k6Http } from './k6-http/index.js'
import { measureHop } from './k6-http/metrics.js'
import { k6Metrics } from './k6-metrics.js'
import { k6NetGrpc } from './k6-net-grpc/index.js'
import { k6Secrets } from './k6-secrets/index.js'
import { k6Timers } from './k6-timers.js'
import { k6ExperimentalWebsockets, k6Websockets } from './k6-websockets/index.js'
import { k6Ws } from './k6-ws/index.js'
import { k6XTcp } from './k6-x-tcp/index.js'
import type { BuiltinModule } from './module.js'

const MODULES: Readonly<Record<BuiltinSpecifier, BuiltinModule>> = {
  k6,
  'k6/crypto': k6Crypto,
  'k6/crypto/x509': k6X509,
  'k6/data': k6Data,
  'k6/encoding': k6Encoding,
  'k6/execution': k6Execution,
  'k6/experimental/csv': k6Csv,
  'k6/experimental/fs': k6Fs,
  'k6/experimental/streams': k6Streams,
  'k6/experimental/timers': k6ExperimentalTimers,
  'k6/experimental/webcrypto': k6ExperimentalWebcrypto,
  'k6/experimental/websockets': k6ExperimentalWebsockets,
  'k6/html': k6Html,
  'k6/http': k6Http,
  'k6/metrics': k6Metrics,
  'k6/net/grpc': k6NetGrpc,
  'k6/secrets': k6Secrets,
  'k6/timers': k6Timers,
  'k6/websockets': k6Websockets,
  'k6/ws': k6Ws,
  'k6/x/tcp': k6XTcp,
}

/** The modules that a script imports, by their specifiers, which the compiled program names. */
export function modulesFor(specifiers: readonly string[]): ReadonlyMap<string, BuiltinModule> {
  return new Map(specifiers.map((specifier) => [specifier, builtinModule(specifier) ?? moduleOfNode(specifier)]))
}

function builtinModule(specifier: string): BuiltinModule | undefined {
  return Object.hasOwn(MODULES, specifier) ? MODULES[specifier as BuiltinSpecifier] : undefined
}

/** A module such as `node:net`. All VUs share its functions: they ask which VU is running. */
function moduleOfNode(specifier: string): BuiltinModule {
  return {
    metrics: nodeModuleMetrics(specifier),
    create: (_vu, world) => {
      enterWorld(world)
      if (/^node:(https?|http2)$/.test(specifier)) measureRequests(measureRequest)
      return nodeModule(specifier)
    },
  }
}

/** Measures a request of `node:http` with the metrics of `k6/http`. Node does not tell all of its times: those are 0. */
function measureRequest(vu: VirtualUser, request: MeasuredRequest): void {
  const { connecting, waiting, receiving, status } = request
  measureHop(vu, {
    ...request,
    name: undefined,
    errorCode: 0,
    tlsVersion: '',
    ocspStatus: '',
    isExpected: status >= 200 && status < 400,
    timings: { blocked: 0, connecting, tlsHandshaking: 0, sending: 0, waiting, receiving },
  })
}
