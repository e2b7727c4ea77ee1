/** AWS Signature Version 4 of a request, for the managed Prometheus of Amazon (service `aps`). */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export interface SigningKeys {
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

interface Aws4 {
  sign(request: object, keys: object): { headers: Record<string, string> }
}

/** The headers with those that sign them. */
export function signed(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  { region, accessKey, secretKey }: SigningKeys,
): Record<string, string> {
  const { sign } = require('aws4') as Aws4
  const request = {
    host: url.host,
    path: url.pathname + url.search,
    method: 'POST',
    service: 'aps',
    region,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    headers: {
      ...headers,
      'Content-Length': String(body.length),
      'X-Amz-Content-Sha256': createHash('sha256').update(body).digest('hex'),
    },
  }
  const { headers: all } = sign(request, { accessKeyId: accessKey, secretAccessKey: secretKey })
  const { 'Content-Length': _, ...rest } = all
  return rest
}
