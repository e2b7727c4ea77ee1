/** What the commands that take a script have in common: the request that their flags make, and this process as their host. */
import { readFile } from 'node:fs/promises'
import { availableParallelism, homedir } from 'node:os'
import { resolve } from 'node:path'
import { type ConfigFile, defaultConfigPaths, parseConfigFile, unreadableConfigFile } from '../config/config-file.js'
import { namedConfigFile, type RuntimeFlags, resolveRuntime } from '../config/runtime.js'
import type { RunHost, RunRequest } from '../run/request.js'
import type { ParsedFlags } from './parse-flags.js'
import type { Supervisor } from './supervisor.js'

export interface CommandHost extends RunHost {
  /** The user's folder, for the configuration file. */
  readonly home: string
}

/** `includesSystemEnv`: whether scripts see the environment of the host, by default. */
export async function requestOf(
  { scriptPath, flags, flagPlaces, runtime }: ParsedFlags,
  host: CommandHost,
  { includesSystemEnv }: { includesSystemEnv: boolean },
): Promise<RunRequest> {
  const { env } = host
  const file = await readConfigFile(runtime, host)
  return {
    script: scriptPath,
    file,
    flags,
    flagPlaces,
    runtime: resolveRuntime({ flags: runtime, env, file, includesSystemEnv }),
  }
}

/** Reads the configuration file. One that is named must exist, the default ones need not. */
async function readConfigFile(flags: RuntimeFlags, { cwd, env, home }: CommandHost): Promise<ConfigFile | undefined> {
  const named = namedConfigFile(flags, env)
  if (named !== undefined) {
    const text = await readFile(resolve(cwd, named), 'utf8').catch((error: Error) => {
      throw unreadableConfigFile(named, error)
    })
    return parseConfigFile(named, text)
  }
  for (const path of defaultConfigPaths(env, home)) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return parseConfigFile(path, text)
  }
  return undefined
}

export function processHost(supervisor?: Supervisor): CommandHost {
  return {
    home: homedir(),
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    readStdin,
    onSignal,
    cores: availableParallelism(),
    startedAt: Date.now() - performance.now(),
    keep: supervisor === undefined ? undefined : (standing) => supervisor.tell(standing),
  }
}

async function readStdin(limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).byteLength
    if (bytes > limit) break
  }
  return Buffer.concat(chunks)
}

function onSignal(listener: (signal: 'interrupt' | 'terminated') => void): () => void {
  const onInterrupt = (): void => listener('interrupt')
  const onTerminate = (): void => listener('terminated')
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  // The terminal, or the connection to it, was closed.
  process.on('SIGHUP', onTerminate)
  return () => {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
    process.off('SIGHUP', onTerminate)
  }
}
