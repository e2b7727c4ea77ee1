/**
 * What a run is asked to do, and the world it does it in. Everything comes in as an argument, so a whole run fits in a test.
 */
import type { Writable } from 'node:stream'
import type { ConfigFile } from '../config/config-file.js'
import type { OptionValues } from '../config/option-table.js'

export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

/** Options about the run itself: from flags and environment, never from the script. */
export interface RuntimeOptions {
  /** `-e`: over the system's environment in `__ENV`. */
  readonly env: Readonly<Record<string, string>>
  readonly includeSystemEnvVars: boolean
  readonly compatibilityMode: 'base' | 'extended'
  readonly summaryMode: 'compact' | 'full' | 'disabled'
  readonly summaryExport: string | undefined
  readonly machineReadableSummary: boolean
  readonly noThresholds: boolean
  /** `type` or `type=argument`, each. */
  readonly outputs: readonly string[]
  readonly quiet: boolean
  readonly verbose: boolean
  readonly colors: boolean
  readonly logFormat: string
  readonly logOutput: string
  readonly consoleOutput: string
  /** Undefined: one per core. */
  readonly shards: number | undefined
  readonly echo: boolean
  readonly onlyScenario: string | undefined
}

export interface RunRequest {
  /** Path of the script, or `-`. */
  readonly script: string
  readonly file: ConfigFile | undefined
  readonly flags: OptionValues
  readonly runtime: RuntimeOptions
}

export interface RunHost {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly readStdin: () => Promise<string>
  /** Calls back at every SIGINT or SIGTERM; returns how to stop listening. */
  readonly onSignal: (listener: (signal: 'interrupt' | 'terminated') => void) => () => void
  readonly cores: number
}
