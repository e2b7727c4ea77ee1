/**
 * Outgoing frames of all WebSockets of a thread: built and masked in one shared slab, and written in batches.
 *
 * What one client sends in one turn (while a chunk of received data is handled, or up to the next tick) is one write. A client
 * therefore keeps no buffers. The slab belongs to one client at a time; when another one sends, the batch before goes out first.
 *
 * Drawing  the slab:  |–– with the kernel ––|–– batch of `owner` ––|–– free ––|
 *                                           start                  end
 * Buffers  data given to append is copied (encoded and masked on the way); the caller may reuse it at once
 * Errors   none here: a failed write is an event of the connection
 */
import { clientHeaderSize, FIN, MASKED, MAX_CLIENT_HEADER } from './frame.js'
import { allocateMaskable, type MaskableMemory, maskInPlace, nextMask } from './mask.js'

/** A connection whose frames the outbox sends. */
export interface FrameSender {
  /** Writes to the connection; true when the kernel has taken all of it, so that the memory is free again. */
  writeFrames(frames: Uint8Array): boolean
}

const SLAB_BYTES = 64 * 1024
/** A payload that may need more gets memory of its own. */
const LARGEST_IN_SLAB = SLAB_BYTES / 2
/** The kernel can begin with a batch of this size while more is being built. */
const FULL_BATCH = 32 * 1024

export class Outbox {
  #slab: MaskableMemory = allocateMaskable(SLAB_BYTES)
  #start = 0
  #end = 0
  #owner: FrameSender | null = null
  #holds = 0
  #scheduled = false
  /** Counts how often everything sent so far was written because a turn was over: tells senders one turn from the next. */
  turn = 1

  /** Until the matching release(), nothing is written unless the batch is full. */
  hold(): void {
    this.#holds++
  }

  release(): void {
    this.#holds--
    if (this.#holds > 0) return
    this.turn++
    if (this.#owner !== null) this.flush()
  }

  /** Hot. Returns the number of payload bytes. `first` is the first header byte without FIN. */
  appendText(sender: FrameSender, first: number, text: string): number {
    const length = text.length
    if (length * 3 > LARGEST_IN_SLAB) return this.#writeLargeText(sender, first, text)
    const at = this.#reserve(sender, length * 3 + MAX_CLIENT_HEADER)
    const bytes = this.#slab.bytes
    // Nearly all text is ASCII, so the header is placed as if it were; otherwise the payload moves by a few bytes.
    const guess = clientHeaderSize(length)
    const size = bytes.write(text, at + guess, length * 3)
    const header = clientHeaderSize(size)
    if (header !== guess) bytes.copyWithin(at + header, at + guess, at + guess + size)
    this.#finish(at, header, first, size)
    return size
  }

  /** Hot. */
  appendBytes(sender: FrameSender, first: number, payload: Uint8Array): void {
    const size = payload.length
    if (size > LARGEST_IN_SLAB) {
      this.#writeLargeBytes(sender, first, payload)
      return
    }
    const header = clientHeaderSize(size)
    const at = this.#reserve(sender, header + size)
    this.#slab.bytes.set(payload, at + header)
    this.#finish(at, header, first, size)
  }

  /** Payload bytes and headers of this sender that are not with its connection yet. */
  unwritten(sender: FrameSender): number {
    return this.#owner === sender ? this.#end - this.#start : 0
  }

  flush(): void {
    const owner = this.#owner
    if (owner === null) return
    this.#owner = null
    const start = this.#start
    const end = this.#end
    this.#start = end
    const taken = owner.writeFrames(this.#slab.bytes.subarray(start, end))
    // The writer may not append in between, so the slab is as it was.
    if (taken) this.#start = this.#end = start
  }

  /** Forgets what a sender has not written yet. */
  discard(sender: FrameSender): void {
    if (this.#owner !== sender) return
    this.#owner = null
    this.#end = this.#start
  }

  /** Makes `sender` the owner of the batch and room for `size` more bytes; returns where they begin. */
  #reserve(sender: FrameSender, size: number): number {
    if (this.#owner !== sender) {
      if (this.#owner !== null) this.flush()
    } else if (this.#end - this.#start + size > FULL_BATCH) {
      this.flush()
    }
    if (this.#end + size > SLAB_BYTES) this.#makeRoom()
    if (this.#owner === null) {
      this.#owner = sender
      if (this.#holds === 0 && !this.#scheduled) this.#schedule()
    }
    return this.#end
  }

  #makeRoom(): void {
    this.flush()
    if (this.#end === 0) return
    // What the kernel has not taken keeps the old slab alive for as long as it is needed.
    this.#slab = allocateMaskable(SLAB_BYTES)
    this.#start = 0
    this.#end = 0
  }

  #finish(at: number, header: number, first: number, size: number): void {
    const mask = nextMask()
    writeHeader(this.#slab.bytes, at, first, size, mask)
    this.#end = at + header + size
    maskInPlace(this.#slab, at + header, this.#end, mask)
  }

  #writeLargeText(sender: FrameSender, first: number, text: string): number {
    const size = Buffer.byteLength(text)
    const header = clientHeaderSize(size)
    const memory = allocateMaskable(header + size)
    memory.bytes.write(text, header, size)
    this.#writeLarge(sender, first, memory, header, size)
    return size
  }

  #writeLargeBytes(sender: FrameSender, first: number, payload: Uint8Array): void {
    const header = clientHeaderSize(payload.length)
    const memory = allocateMaskable(header + payload.length)
    memory.bytes.set(payload, header)
    this.#writeLarge(sender, first, memory, header, payload.length)
  }

  /** The copy is the only one: it is masked where it is and handed to the connection. */
  #writeLarge(sender: FrameSender, first: number, memory: MaskableMemory, header: number, size: number): void {
    const mask = nextMask()
    writeHeader(memory.bytes, 0, first, size, mask)
    maskInPlace(memory, header, header + size, mask)
    this.flush()
    if (this.#holds === 0 && !this.#scheduled) this.#schedule()
    sender.writeFrames(memory.bytes.subarray(0, header + size))
  }

  #schedule(): void {
    this.#scheduled = true
    process.nextTick(flushScheduled, this)
  }

  /** Called by the tick that was asked for. */
  flushScheduled(): void {
    this.#scheduled = false
    if (this.#holds > 0) return
    this.turn++
    this.flush()
  }
}

function flushScheduled(outbox: Outbox): void {
  outbox.flushScheduled()
}

function writeHeader(bytes: Buffer, at: number, first: number, size: number, mask: number): void {
  let next = at
  bytes[next++] = first | FIN
  if (size < 126) {
    bytes[next++] = MASKED | size
  } else if (size < 65_536) {
    bytes[next++] = MASKED | 126
    bytes[next++] = size >>> 8
    bytes[next++] = size
  } else {
    bytes[next++] = MASKED | 127
    next = bytes.writeUInt32BE(Math.floor(size / 2 ** 32), next)
    next = bytes.writeUInt32BE(size % 2 ** 32, next)
  }
  bytes[next++] = mask
  bytes[next++] = mask >>> 8
  bytes[next++] = mask >>> 16
  bytes[next] = mask >>> 24
}

/** The outbox of this thread. */
export const outbox = new Outbox()
