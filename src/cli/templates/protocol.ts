/** A protocol of one's own over TCP: messages with their length in front, a client class, many requests under way. */
export const text = `/*
 * A protocol of your own over TCP. Messages here are: length (4 bytes, big-endian), number of the request (4 bytes), body.
 * The client puts them together again from whatever pieces arrive, and matches answers with requests by their number.
 *
 *   sockeye run --echo {{ .ScriptName }}                                       against the built-in echo server
 *   sockeye run -e TCP_ECHO_HOST=10.0.0.5 -e TCP_ECHO_PORT=9000 {{ .ScriptName }}
 */
import { check } from 'k6'
import { Counter, Trend } from 'k6/metrics'
import { Socket } from 'k6/x/tcp'

export const options = {
  vus: 10,
  duration: '10s',
  // The exit code is 99 when one of these is missed.
  thresholds: {
    checks: ['rate>0.99'],
    request_duration: ['p(95)<500'],
    request_errors: ['count==0'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || '127.0.0.1'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const HEADER = 8

const requestDuration = new Trend('request_duration', true)
const requestErrors = new Counter('request_errors')

⟦interface Waiting {
  resolve: (body: Uint8Array) => void
  reject: (error: Error) => void
  sentAt: number
}

⟧class Client {
  socket = new Socket()
  buffer = new Uint8Array(0)
  nextNumber = 1
  waiting = new Map⟦<number, Waiting>⟧()

  constructor() {
    this.socket.on('data', (data) => this.receive(data))
    this.socket.on('error', (error) => this.fail(error))
    this.socket.on('close', () => this.fail(new Error('the connection was closed')))
  }

  async connect(port⟦: number | string⟧, host⟦: string⟧) {
    await this.socket.connect(port, host)
  }

  // Resolves with the body of the answer.
  async request(body⟦: Uint8Array⟧)⟦: Promise<Uint8Array>⟧ {
    const number = this.nextNumber++
    const answer = new Promise⟦<Uint8Array>⟧((resolve, reject) => {
      this.waiting.set(number, { resolve, reject, sentAt: performance.now() })
    })
    this.socket.write(encode(number, body))
    return answer
  }

  close() {
    this.socket.destroy()
  }

  receive(data⟦: Uint8Array⟧) {
    const joined = new Uint8Array(this.buffer.length + data.length)
    joined.set(this.buffer)
    joined.set(data, this.buffer.length)
    let start = 0
    while (joined.length - start >= HEADER) {
      const view = new DataView(joined.buffer, start)
      const end = start + HEADER + view.getUint32(0)
      if (end > joined.length) break
      this.answered(view.getUint32(4), joined.slice(start + HEADER, end))
      start = end
    }
    this.buffer = joined.slice(start)
  }

  answered(number⟦: number⟧, body⟦: Uint8Array⟧) {
    const request = this.waiting.get(number)
    if (request === undefined) return
    this.waiting.delete(number)
    requestDuration.add(performance.now() - request.sentAt)
    request.resolve(body)
  }

  fail(error⟦: Error⟧) {
    for (const { reject } of this.waiting.values()) {
      requestErrors.add(1)
      reject(error)
    }
    this.waiting.clear()
  }
}

function encode(number⟦: number⟧, body⟦: Uint8Array⟧) {
  const message = new Uint8Array(HEADER + body.length)
  const view = new DataView(message.buffer)
  view.setUint32(0, body.length)
  view.setUint32(4, number)
  message.set(body, HEADER)
  return message
}

export default async function () {
  const client = new Client()
  await client.connect(PORT, HOST)
  try {
    // Three requests are under way at a time.
    for (let round = 0; round < 10; round++) {
      const bodies = [1, 2, 3].map((n) => new Uint8Array(20 * n).fill(round))
      const answers = await Promise.all(bodies.map((body) => client.request(body)))
      check(answers, { 'answers belong to their requests': (list) => list.every((a, i) => a.length === bodies[i].length) })
    }
  } finally {
    client.close()
  }
}
`
