import { createHMAC, hexEncode, sha256 } from 'k6/crypto'
import { SharedArray } from 'k6/data'
import { b64decode, b64encode } from 'k6/encoding'

interface User {
  name: string
}

const users = new SharedArray<User>('users', () => JSON.parse(open('users.json')))

export default async function (): Promise<void> {
  const name: string = users[0]?.name ?? ''
  const bytes: ArrayBuffer = b64decode(b64encode(name, 'rawurl'), 'rawurl')
  const text: string = b64decode('aGk=', 'std', 's')
  const digest: string = sha256(bytes, 'hex')
  const hasher = createHMAC('sha1', 'key')
  hasher.update(text)
  const binary: ArrayBuffer = hasher.digest('binary')
  const random = crypto.getRandomValues(new Uint8Array(8))
  const hash: ArrayBuffer = await crypto.subtle.digest('SHA-256', random)
  console.log(digest, hexEncode(binary), hash.byteLength, crypto.randomUUID())
}
