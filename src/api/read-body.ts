/**
 * The body of a request to the control API.
 *
 * Errors  ControlError 413 when it is longer than a megabyte
 */
import type { IncomingMessage } from 'node:http'
import { ControlError } from './controlled-run.js'

const MOST_BYTES = 1_000_000

/** A body that is too long is read to its end all the same: a client that still sends would not see the answer. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size <= MOST_BYTES) chunks.push(chunk as Buffer)
  }
  if (size > MOST_BYTES)
    throw new ControlError(413, 'Too large', `the body has ${size} bytes, the most is ${MOST_BYTES}`)
  return Buffer.concat(chunks).toString('utf8')
}
