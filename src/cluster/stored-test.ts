/**
 * A test that `sockeye kubernetes` has stored in NATS, because its archive is too large for a ConfigMap.
 *
 *   nats:NAME@sha256:HEX   names a stored test; the checksum shows that the fetched file is the stored one
 *
 * The run deletes the file when it ends. Without a run, the server deletes it after a day.
 *
 * Errors  ClusterError ERR_STORED_TEST; those of the transport
 */
import { createHash, randomBytes } from 'node:crypto'
import { ClusterError } from './errors.js'
import type { Transport } from './transport.js'

type Files = Pick<Transport, 'put' | 'get' | 'remove' | 'close'>

const REFERENCE = /^nats:([\w-]+)@sha256:([0-9a-f]{64})$/
const AGAIN = 'print the manifests again: sockeye kubernetes stores it anew'

/** Stores a test and returns its reference. Every call makes a new file, also for the same name. */
export async function storeTest(files: Files, name: string, archive: Uint8Array): Promise<string> {
  const file = `${name}-${randomBytes(6).toString('hex')}`
  await files.put(file, archive)
  return `nats:${file}@sha256:${sumOf(archive)}`
}

/** The stored tests of one run: fetches them, and deletes at the end those that it has fetched. */
export class StoredTests {
  readonly #open: () => Promise<Files>
  /** Kept, because a run with `--repeat` reads its test several times. */
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

  /** Never rejects: the server deletes what is left. */
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
