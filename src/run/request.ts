/**
 * What a run is asked to do, and the world it does it in. Everything comes in as an argument, so a whole run fits in a test.
 */
import type { Writable } from 'node:stream'
import type { ConfigFile } from '../config/config-file.js'
import type { OptionPlaces } from '../config/layers.js'
import type { OptionValues } from '../config/option-table.js'
import type { RuntimeOptions } from '../config/runtime.js'

type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export interface RunRequest {
  /** Path of the script, `-`, a URL, or `nats:…` for an archive that lies there. */
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
  /** Gives more than `limit` bytes when there is more: it reads no further. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>
  /** The archive that `nats:…` names; where there is none, no script is called so. */
  readonly readStored?: ((reference: string) => Promise<Uint8Array>) | undefined
  /** Calls back at every SIGINT, SIGTERM or SIGHUP; returns how to stop listening. */
  readonly onSignal: (listener: (signal: 'interrupt' | 'terminated') => void) => () => void
  readonly cores: number
  /** When the process started, in epoch milliseconds. */
  readonly startedAt: number
  /** Keeps what the summary would be now, should this process die. */
  readonly keep?: ((standing: Standing) => void) | undefined
}

/** How a test stands: what is left of it when its process dies. */
export interface Standing {
  /** The text of the summary; empty when none was asked for. */
  readonly summary: string
  /** Where the user wants the file of `--summary-export`, and its content. */
  readonly file?: { readonly path: string; readonly content: string } | undefined
}
