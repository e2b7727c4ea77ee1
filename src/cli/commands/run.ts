/** `sockeye run`: reads the command line, runs the test, gives the exit code. */
import { readFile } from 'node:fs/promises'
import { availableParallelism, homedir } from 'node:os'
import { type ConfigFile, ConfigFileError, defaultConfigPaths, parseConfigFile } from '../../config/config-file.js'
import { namedConfigFile, type RuntimeFlags, resolveRuntime } from '../../config/runtime.js'
import type { RunHost } from '../../run/request.js'
import { runTest } from '../../run/test-run.js'
import { runHelp } from '../help.js'
import { parseFlags } from '../parse-flags.js'

export async function runCommand(argv: readonly string[]): Promise<number> {
  const { scriptPath, flags, runtime, wantsHelp } = parseFlags(argv)
  if (wantsHelp) {
    process.stdout.write(runHelp())
    return 0
  }
  const file = await readConfigFile(runtime, process.env)
  return runTest(
    { script: scriptPath, file, flags, runtime: resolveRuntime({ flags: runtime, env: process.env, file }) },
    processHost(),
  )
}

/** The named file must exist; the default ones need not. */
async function readConfigFile(flags: RuntimeFlags, env: NodeJS.ProcessEnv): Promise<ConfigFile | undefined> {
  const named = namedConfigFile(flags, env)
  if (named !== undefined) {
    const text = await readFile(named, 'utf8').catch((error: Error) => {
      throw new ConfigFileError(named, error.message, error)
    })
    return parseConfigFile(named, text)
  }
  for (const path of defaultConfigPaths(env, homedir())) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return parseConfigFile(path, text)
  }
  return undefined
}

function processHost(): RunHost {
  return {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    readStdin,
    onSignal,
    cores: availableParallelism(),
    startedAt: Date.now() - performance.now(),
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function onSignal(listener: (signal: 'interrupt' | 'terminated') => void): () => void {
  const onInterrupt = (): void => listener('interrupt')
  const onTerminate = (): void => listener('terminated')
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return () => {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
  }
}
