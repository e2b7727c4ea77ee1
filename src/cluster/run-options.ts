/**
 * Makes the engine of a run on several machines from flags.
 *
 * Errors  ClusterError ERR_NATS_URL, ERR_NATS_OPTIONS; SockeyeError ERR_INVALID_RUNTIME_OPTION for other flags
 */
import { SockeyeError } from '../base/errors.js'
import type { RuntimeFlags } from '../config/runtime.js'
import { type CreateEngine, createThreadEngine } from '../run/create-engine.js'
import { version } from '../run/version.js'
import { ClusterEngine, type ClusterOptions } from './cluster-engine.js'
import { ClusterError } from './errors.js'
import type { LostPolicy } from './losses.js'
import { type NatsOptions, readNatsOptions } from './nats-options.js'

export function clusterEngine(flags: RuntimeFlags, env: NodeJS.ProcessEnv): CreateEngine {
  if (flags.echo === true) {
    throw invalid(
      '--echo starts a server that only this machine reaches, and the test runs on others',
      'start sockeye echo --host … where all machines reach it',
    )
  }
  const nats = natsOptionsOf(flags, env)
  const options: ClusterOptions = {
    openTransport: async () => {
      const { openNatsTransport } = await import('./nats-transport.js')
      return openNatsTransport(nats, 'sockeye run')
    },
    createLocalEngine: createThreadEngine,
    wanted: {
      count: readCount(flags.instances ?? 'all'),
      require: readLabels(flags.require ?? [], '--require'),
      waitMs: flags.wait ?? 0,
    },
    isWeighted: flags.weighted ?? false,
    onLost: readPolicy(flags.onLost ?? 'continue'),
    shards: flags.shards,
    version,
  }
  return (engineOptions) => new ClusterEngine(engineOptions, options)
}

/** The options of NATS; throws when there is no address of NATS. */
export function natsOptionsOf(flags: RuntimeFlags, env: NodeJS.ProcessEnv): NatsOptions {
  const options = readNatsOptions(flags, env)
  if (options !== undefined) return options
  throw new ClusterError(
    'ERR_NATS_OPTIONS',
    'nothing says where NATS is, which machines find each other by',
    'give --nats nats://host:4222, or set SOCKEYE_NATS_URL',
  )
}

export function readLabels(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw invalid(`a label is written as name=value, not "${text}"`, `for example ${flag} zone=eu`)
    }),
  )
}

function readCount(text: string): number | 'all' {
  if (text === 'all') return 'all'
  const count = Number(text)
  if (/^\d+$/.test(text) && count > 0 && count <= MOST_INSTANCES) return count
  throw invalid(
    `--instances must be a whole number from 1 to ${MOST_INSTANCES}, or all, got "${text}"`,
    'for example --instances 3',
  )
}

/** A limit is needed because every instance computes the segments of all instances. */
const MOST_INSTANCES = 10_000

function readPolicy(text: string): LostPolicy {
  if (text === 'continue' || text === 'abort' || text === 'replace') return text
  throw invalid(`--on-lost must be continue, abort or replace, got "${text}"`, 'leave it out for continue')
}

function invalid(message: string, hint: string): SockeyeError {
  return new SockeyeError({ code: 'ERR_INVALID_RUNTIME_OPTION', message, hint, exitCode: 255 })
}
