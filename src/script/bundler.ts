/**
 * esbuild, loaded when it is needed: commands without a script, and scripts in archives, do without. It works in a process of its own,
 * which can be started ahead. When that process dies, the next use starts another.
 *
 * Errors  ScriptLoadError ERR_BUNDLER
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { createRequire } from 'node:module'
import { ScriptLoadError } from './errors.js'

type Esbuild = typeof import('esbuild')
type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess

/** How the process of esbuild ended. */
export interface BundlerEnd {
  /** `killed by SIGKILL`, `fatal error: stack overflow`. */
  readonly reason: string
  readonly isStackOverflow: boolean
}

/** Bytes of what the process prints; its first lines say what went wrong, thousands of stack frames follow. */
const PRINTED_MOST = 4096

const require = createRequire(import.meta.url)
/** Settles when the process that runs now has ended. */
let ending: Promise<BundlerEnd> | undefined

/** By `require`, which is faster here than `import`: that reads the whole package once more, for the names of its exports. */
export function loadBundler(): Esbuild {
  try {
    const bundler = require('esbuild') as Esbuild
    if (ending === undefined) startProcess(bundler)
    return bundler
  } catch (error) {
    throw ScriptLoadError.noBundler(error as Error)
  }
}

/** Starts its process. An error shows when the bundler is used. */
export async function startBundlerAhead(): Promise<void> {
  try {
    await loadBundler().transform('')
  } catch {}
}

/** How the process of `loadBundler` ends; settles when it has ended. */
export function bundlerEnd(): Promise<BundlerEnd> {
  return ending as Promise<BundlerEnd>
}

/** Whether its program can be started at all; asked in a process of its own when the long-lived one is gone. */
export function canBundle(): boolean {
  try {
    ;(require('esbuild') as Esbuild).transformSync('')
    return true
  } catch {
    return false
  }
}

/** What esbuild says when its process has ended. */
export function isProcessGone({ message }: Error): boolean {
  return /^The service (was stopped|is no longer running)/.test(message)
}

/**
 * esbuild lets its process print to ours: thousands of lines when its stack overflows. So `spawn` is replaced for the one call in which
 * esbuild starts the process, and what the process prints is read here.
 */
function startProcess(bundler: Esbuild): void {
  const childProcess = require('node:child_process') as { spawn: Spawn }
  const { spawn } = childProcess
  childProcess.spawn = (command, args, options) => {
    const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    ending = endOf(child)
    void ending.then(() => {
      // Without this, esbuild goes on to write to the process that is gone.
      void bundler.stop()
      ending = undefined
    })
    return child
  }
  try {
    bundler.transform('').catch(() => {})
  } finally {
    childProcess.spawn = spawn
  }
}

function endOf(child: ChildProcess): Promise<BundlerEnd> {
  let printed = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (printed.length < PRINTED_MOST) printed += text
  })
  // The test may end while the process waits for more work.
  ;(child.stderr as unknown as { unref(): void } | null)?.unref()
  return new Promise((resolve) => {
    child.on('close', (exitCode, signal) => {
      const fatal = /^(fatal error|panic): .*$/m.exec(printed)?.[0]
      const reason = fatal ?? (signal === null ? `exit code ${exitCode}` : `killed by ${signal}`)
      resolve({ reason, isStackOverflow: /stack overflow|stack exceeds/.test(printed) })
    })
  })
}
