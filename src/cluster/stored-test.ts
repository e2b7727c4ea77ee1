/**
 * A test that lies in NATS until its run comes: the archive that `sockeye kubernetes` has made, when it is too large for a ConfigMap.
 *
 *   nats:NAME@sha256:HEX   how a run names it; the sum says that what is fetched is what was stored
 *
 * Its run takes it away when it ends; one that never comes leaves it to the server, which deletes files after a day.
 *
 * Errors  ClusterError ERR_STORED_TEST; those of the transport
 */
import { createHash, randomBytes } from 'node:crypto'
import { ClusterError } from './errors.js'
import type { Transport } from './transport.js'

type Files = Pick<Transport, 'put' | 'get' | 'remove' | 'close'>

const REFERENCE = /^nats:([\w-]+)@sha256:([0-9a-f]{64})$/
const AGAIN = 'print the manifests again: sockeye kubernetes stores it anew'

/** Gives how a run names it. Two that are stored under one name do not meet. */
export async function storeTest(files: Files, name: string, archive: Uint8Array): Promise<string> {
  const file = `${name}-${randomBytes(6).toString('hex')}`
  await files.put(file, archive)
  return `nats:${file}@sha256:${sumOf(archive)}`
}

/** What one run needs of them: fetches, and takes away what it has fetched. */
export class StoredTests {
  readonly #open: () => Promise<Files>
  /** With `--repeat`, a run reads its test several times. */
  readonly #fetched = new Map<string, Uint8Array>()

  constructor(open: () => Promise<Files>) {
    this.#open = open
  }

  async fetch(reference: string): Promise<Uint8Array> {
    const known = this.#fetched.get(reference)
    if (known !== undefined) return known
    const [, file, sum] = REFERENCE.exec(reference) ?? []
    if (file === undefined) {
      throw wrong(`"${reference}" names no test in NATS`, 'it is written as nats:NAME@sha256:… by sockeye kubernetes')
    }
    const content = await this.#with((files) => files.get(file))
    if (content === undefined) {
      throw wrong(`the test ${file} is not in NATS: it has run, or has waited for more than a day`, AGAIN)
    }
    if (sumOf(content) !== sum) throw wrong(`what NATS holds as ${file} is not the test that was stored there`, AGAIN)
    this.#fetched.set(reference, content)
    return content
  }

  /** Never rejects: what stays behind is deleted in time. */
  async remove(): Promise<void> {
    if (this.#fetched.size === 0) return
    const names = [...this.#fetched.keys()].map((reference) => REFERENCE.exec(reference)?.[1] as string)
    await this.#with((files) => Promise.all(names.map((name) => files.remove(name)))).catch(() => undefined)
  }

  async #with<T>(act: (files: Files) => Promise<T>): Promise<T> {
    const files = await this.#open()
    try {
      return await act(files)
    } finally {
      await files.close()
    }
  }
}

function sumOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function wrong(message: string, hint: string): ClusterError {
  return new ClusterError('ERR_STORED_TEST', message, hint)
}
