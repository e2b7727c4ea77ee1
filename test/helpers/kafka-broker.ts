/**
 * The least that a producer of Kafka needs: one broker that tells which versions it speaks, names itself the leader of any topic, and accepts
 * whatever is produced. It keeps nothing; there is no broker among Debian's packages.
 *
 * Source  https://kafka.apache.org/protocol.html: ApiVersions 0–2, Metadata 0, Produce 0
 */
import { createServer, type Server, type Socket } from 'node:net'

const PRODUCE = 0
const METADATA = 3
const API_VERSIONS = 18
const VERSIONS = [
  [PRODUCE, 0],
  [METADATA, 0],
  [API_VERSIONS, 2],
] as const

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: number): Buffer => Buffer.concat([int32(0), int32(value)])
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
const list = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])

export function createKafkaBroker(): Server {
  return createServer((socket) => {
    socket.on('error', () => {})
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE()) {
        const end = 4 + rest.readInt32BE()
        answer(socket, rest.subarray(4, end))
        rest = rest.subarray(end)
      }
    })
  })
}

function answer(socket: Socket, request: Buffer): void {
  const body = bodyFor(socket, request)
  const response = Buffer.concat([request.subarray(4, 8), body])
  socket.write(Buffer.concat([int32(response.length), response]))
}

function bodyFor(socket: Socket, request: Buffer): Buffer {
  const [key, version] = [request.readInt16BE(0), request.readInt16BE(2)]
  const content = new Reader(request.subarray(8))
  // The name of the client.
  content.text()
  if (key === API_VERSIONS) {
    const versions = list(VERSIONS.map(([api, latest]) => Buffer.concat([int16(api), int16(0), int16(latest)])))
    return Buffer.concat([int16(0), versions, ...(version > 0 ? [int32(0)] : [])])
  }
  if (key === METADATA) {
    const broker = Buffer.concat([int32(1), text('127.0.0.1'), int32(socket.localPort ?? 0)])
    const partition = Buffer.concat([int16(0), int32(0), int32(1), list([int32(1)]), list([int32(1)])])
    const topics = content.list(() => Buffer.concat([int16(0), text(content.text()), list([partition])]))
    return Buffer.concat([list([broker]), list(topics)])
  }
  content.advance(6)
  return list(
    content.list(() => {
      const topic = text(content.text())
      const partitions = content.list(() => {
        const index = content.int32()
        content.advance(content.int32())
        return Buffer.concat([int32(index), int16(0), int64(7)])
      })
      return Buffer.concat([topic, list(partitions)])
    }),
  )
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  text(): string {
    const length = Math.max(0, this.#bytes.readInt16BE(this.#at))
    this.#at += 2 + length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  list(read: () => Buffer): Buffer[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }

  advance(bytes: number): void {
    this.#at += bytes
  }
}
