/**
 * `SSLKEYLOGFILE`: the secrets of every TLS connection, for Wireshark and its like.
 *
 * Shape   NSS key log lines, appended; all shards of a process write whole lines
 * Errors  what opening the file throws fails the connections
 * Source  draft-ietf-tls-keylogfile
 */
import { openSync, writeSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import type { Environment } from './tls.js'

const VARIABLE = 'SSLKEYLOGFILE'

/** For the user, once per test; null when the variable is not set. */
export function keyLogWarning(environment: Environment): string | null {
  const path = environment[VARIABLE]
  return path
    ? `TLS secrets are written to ${path}, because ${VARIABLE} is set: whoever has them can read the traffic`
    : null
}

export class KeyLog {
  readonly #path: string
  #file: number | null = null

  static of(environment: Environment): KeyLog | null {
    const path = environment[VARIABLE]
    return path ? new KeyLog(path) : null
  }

  private constructor(path: string) {
    this.#path = path
  }

  /** Before the handshake. */
  record(socket: TLSSocket): void {
    this.#file ??= openSync(this.#path, 'a', 0o600)
    const file = this.#file
    socket.on('keylog', (line) => writeSync(file, line))
  }
}
