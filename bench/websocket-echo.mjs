/**
 * A WebSocket echo server with as little work per message as possible, so that the measured client is the bottleneck. It sends its port to the
 * parent process. It answers the text `burst N` with N messages of 64 bytes.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const CLOSE = 0x8

class Peer {
  constructor(socket) {
    this.socket = socket
    this.open = false
    this.rest = null
    socket.on('data', (chunk) => this.receive(chunk))
    socket.on('error', () => {})
  }

  receive(chunk) {
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk])
    this.rest = null
    const used = this.open ? this.answer(bytes) : this.upgrade(bytes)
    if (used < bytes.length) this.rest = bytes.subarray(used)
  }

  upgrade(bytes) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const key = /sec-websocket-key: *(\S+)/i.exec(bytes.toString('latin1', 0, end))[1]
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64')
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    this.socket.write(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`)
    this.open = true
    return end + 4
  }

  /** Unmasks frames in place and sends the same memory back. The new header has no mask, so it begins 4 bytes later. */
  answer(bytes) {
    let at = 0
    const out = []
    while (bytes.length - at >= 6) {
      const short = bytes[at + 1] & 0x7f
      const extra = short < 126 ? 0 : short === 126 ? 2 : 8
      if (bytes.length - at < 6 + extra) break
      const size = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
      const mask = at + 2 + extra
      const payload = mask + 4
      if (bytes.length < payload + size) {
        // A large message gets a buffer of its own, so that its beginning is not copied again with every chunk.
        if (size > 65_536) return this.collect(bytes, at, payload, size)
        break
      }
      unmask(bytes, mask, payload, payload + size)
      const opcode = bytes[at] & 0x0f
      bytes.copyWithin(at + 4, at, mask)
      bytes[at + 5] &= 0x7f
      if (size > 6 && size < 20 && bytes.toString('latin1', payload, payload + 6) === 'burst ') {
        this.burst(Number(bytes.toString('latin1', payload + 6, payload + size)))
      } else {
        out.push(bytes.subarray(at + 4, payload + size))
      }
      at = payload + size
      if (opcode === CLOSE) {
        this.socket.end(Buffer.concat(out))
        return bytes.length
      }
    }
    if (out.length === 1) this.socket.write(out[0])
    else if (out.length > 1) this.socket.write(Buffer.concat(out))
    return at
  }

  collect(bytes, at, payload, size) {
    const whole = Buffer.allocUnsafe(payload - at + size)
    let filled = bytes.copy(whole, 0, at)
    const receive = this.receive
    this.receive = (chunk) => {
      filled += chunk.copy(whole, filled)
      if (filled < whole.length) return
      this.receive = receive
      this.answer(whole)
    }
    return bytes.length
  }

  burst(count) {
    const frame = Buffer.alloc(66, 'x')
    frame[0] = 0x81
    frame[1] = 64
    this.socket.write(Buffer.concat(Array.from({ length: count }, () => frame)))
  }
}

function unmask(bytes, mask, start, end) {
  const key = [bytes[mask], bytes[mask + 1], bytes[mask + 2], bytes[mask + 3]]
  if (end - start > 1024) return unmaskWords(bytes, start, end, key)
  for (let i = start; i < end; i++) bytes[i] ^= key[(i - start) & 3]
}

function unmaskWords(bytes, start, end, key) {
  let i = start
  for (; (bytes.byteOffset + i) & 3; i++) bytes[i] ^= key[(i - start) & 3]
  const turned = [0, 1, 2, 3].map((n) => key[(i + n - start) & 3])
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, (end - i) >> 2)
  const word = new Int32Array(Uint8Array.from(turned).buffer)[0]
  for (let n = 0; n < words.length; n++) words[n] ^= word
  for (i += words.length * 4; i < end; i++) bytes[i] ^= key[(i - start) & 3]
}

const server = createServer({ noDelay: true }, (socket) => new Peer(socket))
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
