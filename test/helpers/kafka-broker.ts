/**
 * The least that producers and consumers of Kafka need; there is no broker among Debian's packages. One broker that tells which versions it
 * speaks, names itself the leader and the coordinator of everything, and keeps what is produced in memory: one partition per topic, one member per
 * group.
 *
 * Source  https://kafka.apache.org/protocol.html, in the versions of `APIS`
 */
import { createServer, type Server, type Socket } from 'node:net'

type Handler = (content: Reader, socket: Socket, broker: Broker) => Buffer | Promise<Buffer>

interface Api {
  readonly key: number
  /** The newest that is spoken, and the only one that is used. */
  readonly version: number
  readonly handle: Handler
}

/** Messages as they were sent, and who waits for more. */
interface Topic {
  readonly messages: Buffer[]
  readonly waiting: Set<() => void>
}

class Broker {
  readonly #topics = new Map<string, Topic>()
  /** Of groups: `group/topic` to the offset that was committed. */
  readonly committed = new Map<string, bigint>()

  topic(name: string): Topic {
    const topic = this.#topics.get(name) ?? { messages: [], waiting: new Set() }
    this.#topics.set(name, topic)
    return topic
  }
}

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
const bytes = (value: Buffer): Buffer => Buffer.concat([int32(value.length), value])
const list = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])

const NO_ERROR = int16(0)

/** Per topic and partition, as most requests and answers are built. */
function perPartition(content: Reader, answer: (topic: string, partition: number) => Buffer): Buffer {
  return list(
    content.list(() => {
      const topic = content.text()
      return Buffer.concat([
        text(topic),
        list(
          content.list(() => {
            const partition = content.int32()
            return Buffer.concat([int32(partition), answer(topic, partition)])
          }),
        ),
      ])
    }),
  )
}

function produce(content: Reader, _socket: Socket, broker: Broker): Buffer {
  content.advance(6)
  return perPartition(content, (name) => {
    const topic = broker.topic(name)
    const first = topic.messages.length
    const set = new Reader(content.bytes())
    while (set.hasMore) {
      set.advance(8)
      topic.messages.push(set.bytes())
    }
    for (const wake of topic.waiting) wake()
    return Buffer.concat([NO_ERROR, int64(first)])
  })
}

async function fetch(content: Reader, _socket: Socket, broker: Broker): Promise<Buffer> {
  content.advance(4)
  const longest = content.int32()
  content.advance(4)
  const wanted: { name: string; from: number }[] = []
  perPartition(content, (name) => {
    wanted.push({ name, from: Number(content.int64()) })
    content.advance(4)
    return NO_ERROR
  })
  const isThere = wanted.some(({ name, from }) => broker.topic(name).messages.length > from)
  if (!isThere)
    await more(
      wanted.map(({ name }) => broker.topic(name)),
      longest,
    )
  const topics = wanted.map(({ name, from }) => {
    const { messages } = broker.topic(name)
    const set = messages.slice(from).map((message, index) => Buffer.concat([int64(from + index), bytes(message)]))
    const partition = Buffer.concat([int32(0), NO_ERROR, int64(messages.length), bytes(Buffer.concat(set))])
    return Buffer.concat([text(name), list([partition])])
  })
  return list(topics)
}

/** Something has been produced, or the time is over. */
function more(topics: Topic[], ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      for (const { waiting } of topics) waiting.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    for (const { waiting } of topics) waiting.add(wake)
  })
}

function metadata(content: Reader, socket: Socket): Buffer {
  const partition = Buffer.concat([NO_ERROR, int32(0), int32(1), list([int32(1)]), list([int32(1)])])
  const topics = content.list(() => Buffer.concat([NO_ERROR, text(content.text()), list([partition])]))
  return Buffer.concat([list([Buffer.concat([int32(1), address(socket)])]), list(topics)])
}

const address = (socket: Socket): Buffer => Buffer.concat([text('127.0.0.1'), int32(socket.localPort ?? 0)])

/** Whoever joins is the only member, and so the leader, who assigns the partitions. */
function joinGroup(content: Reader): Buffer {
  content.text()
  content.advance(4)
  content.text()
  content.text()
  const protocols = content.list(() => ({ name: content.text(), metadata: content.bytes() }))
  const { name = '', metadata: own = Buffer.alloc(0) } = protocols[0] ?? {}
  const member = text('member-1')
  return Buffer.concat([NO_ERROR, int32(1), text(name), member, member, list([Buffer.concat([member, bytes(own)])])])
}

function syncGroup(content: Reader): Buffer {
  content.text()
  content.advance(4)
  content.text()
  const assignments = content.list(() => {
    content.text()
    return content.bytes()
  })
  return Buffer.concat([NO_ERROR, bytes(assignments[0] ?? Buffer.alloc(0))])
}

function commitOffsets(content: Reader, _socket: Socket, broker: Broker): Buffer {
  const group = content.text()
  content.advance(4)
  content.text()
  content.advance(8)
  return perPartition(content, (topic) => {
    broker.committed.set(`${group}/${topic}`, content.int64())
    content.text()
    return NO_ERROR
  })
}

function fetchOffsets(content: Reader, _socket: Socket, broker: Broker): Buffer {
  const group = content.text()
  return perPartition(content, (topic) =>
    Buffer.concat([int64(broker.committed.get(`${group}/${topic}`) ?? -1), text(''), NO_ERROR]),
  )
}

const EARLIEST = -2n

function listOffsets(content: Reader, _socket: Socket, broker: Broker): Buffer {
  content.advance(4)
  return perPartition(content, (topic) => {
    const time = content.int64()
    content.advance(4)
    const offset = time === EARLIEST ? 0 : broker.topic(topic).messages.length
    return Buffer.concat([NO_ERROR, list([int64(offset)])])
  })
}

const API_VERSIONS = 18

const APIS: readonly Api[] = [
  { key: 0, version: 0, handle: produce },
  { key: 1, version: 0, handle: fetch },
  { key: 2, version: 0, handle: listOffsets },
  { key: 3, version: 0, handle: metadata },
  { key: 8, version: 2, handle: commitOffsets },
  { key: 9, version: 1, handle: fetchOffsets },
  { key: 10, version: 0, handle: (_content, socket) => Buffer.concat([NO_ERROR, int32(1), address(socket)]) },
  { key: 11, version: 0, handle: joinGroup },
  // The heart beats, and the member leaves.
  { key: 12, version: 0, handle: () => NO_ERROR },
  { key: 13, version: 0, handle: () => NO_ERROR },
  { key: 14, version: 0, handle: syncGroup },
  { key: API_VERSIONS, version: 2, handle: versions },
]

function versions(): Buffer {
  const all = APIS.map(({ key, version }) => Buffer.concat([int16(key), int16(0), int16(version)]))
  return Buffer.concat([NO_ERROR, list(all), int32(0)])
}

export function createKafkaBroker(): Server {
  const broker = new Broker()
  return createServer((socket) => {
    socket.on('error', () => {})
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE()) {
        const end = 4 + rest.readInt32BE()
        void answer(socket, rest.subarray(4, end), broker)
        rest = rest.subarray(end)
      }
    })
  })
}

async function answer(socket: Socket, request: Buffer, broker: Broker): Promise<void> {
  const content = new Reader(request.subarray(8))
  // The name of the client.
  content.text()
  const key = request.readInt16BE(0)
  const api = APIS.find((candidate) => candidate.key === key)
  if (api === undefined) {
    socket.destroy()
    return
  }
  const body = await api.handle(content, socket, broker)
  socket.write(bytes(Buffer.concat([request.subarray(4, 8), body])))
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(content: Buffer) {
    this.#bytes = content
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  text(): string {
    const length = Math.max(0, this.#bytes.readInt16BE(this.#at))
    this.#at += 2 + length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }

  advance(length: number): void {
    this.#at += length
  }
}
