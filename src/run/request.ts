/**
 * What a run is asked to do, and the world around it. Both are arguments, so that a test can run a whole run.
 */
import type { Writable } from 'node:stream'
import type { ConfigFile } from '../config/config-file.js'
import type { OptionPlaces } from '../config/layers.js'
import type { OptionValues } from '../config/option-table.js'
import type { RuntimeOptions } from '../config/runtime.js'

type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export interface RunRequest {
  /** The path of the script, `-`, a URL, or `nats:…` for an archive in NATS. */
  readonly script: string
  readonly file: ConfigFile | undefined
  readonly flags: OptionValues
  /** The flags as the user wrote them, for messages. */
  readonly flagPlaces?: OptionPlaces
  readonly runtime: RuntimeOptions
}

export interface RunHost {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Reads stdin, but not much further than `limit` bytes: a longer result says that there is more. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>
  /** Reads the archive that `nats:…` names; undefined where such names have no meaning. */
  readonly readStored?: ((reference: string) => Promise<Uint8Array>) | undefined
  /** Calls back at every SIGINT, SIGTERM or SIGHUP; returns how to stop listening. */
  readonly onSignal: (listener: (signal: 'interrupt' | 'terminated') => void) => () => void
  readonly cores: number
  /** When the process started, in epoch milliseconds. */
  readonly startedAt: number
  /** Keeps the summary so far, for when this process dies. */
  readonly keep?: ((standing: Standing) => void) | undefined
}

/** The state of a test, which is all that is left of it when its process dies. */
export interface Standing {
  /** The text of the summary; empty when none was asked for. */
  readonly summary: string
  /** Where the user wants the file of `--summary-export`, and its content. */
  readonly file?: { readonly path: string; readonly content: string } | undefined
}
