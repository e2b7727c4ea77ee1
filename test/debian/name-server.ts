/**
 * A DNS server for one test, on port 53 of a loopback address that nobody else uses (resolv.conf knows no other port): answers
 * questions for IPv4 addresses as the test says and has none for any other, and counts them.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface NameServer extends AsyncDisposable {
  readonly address: string
  /** Names that an IPv4 address was asked for, in order. */
  readonly questions: readonly string[]
}

/** The record's own time to live: far longer than any test. */
const RECORD_TTL_S = 3600
const TYPE_A = 1
const [NO_ERROR, NAME_ERROR] = [0, 3]

/** `answer` gets the number of the question, from 0; no address means that there is no such name. */
export async function nameServer(answer: (question: number) => readonly string[]): Promise<NameServer> {
  const address = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255}`
  const questions: string[] = []
  let latest: readonly string[] = answer(0)
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5
    const isA = query.readUInt16BE(end - 4) === TYPE_A
    if (isA) {
      latest = answer(questions.length)
      questions.push(nameIn(query))
    }
    socket.send(
      reply(query, end, isA ? latest : [], latest.length === 0 ? NAME_ERROR : NO_ERROR),
      from.port,
      from.address,
    )
  })
  socket.bind(53, address)
  await once(socket, 'listening')
  return {
    address,
    questions,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(resolve))
    },
  }
}

function nameIn(query: Buffer): string {
  const labels: string[] = []
  for (let at = 12; query[at] !== 0; at += 1 + query[at]!)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  return labels.join('.')
}

/** RFC 1035, 4.1: the question once more, then one record per address, whose name points to the question's. */
function reply(query: Buffer, end: number, addresses: readonly string[], code: number): Buffer {
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.fill(0, 8, 12)
  return Buffer.concat([head, ...addresses.map(addressRecord)])
}

function addressRecord(address: string): Buffer {
  const record = Buffer.from('c00c00010001000000000004', 'hex')
  record.writeUInt32BE(RECORD_TTL_S, 6)
  return Buffer.concat([record, Buffer.from(address.split('.').map(Number))])
}
