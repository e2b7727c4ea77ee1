import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FrameEcho } from '../../src/echo/frame-echo.js'

interface Frame {
  readonly opcode: number
  readonly final: boolean
  readonly payload: Buffer
}

const MASK = Buffer.from([0x11, 0x22, 0x33, 0x44])

/** A frame as a client sends it, masked, or as a server does. */
function encode({ opcode, final, payload }: Frame, mask?: Buffer): Buffer {
  const size = payload.length
  const first = (final ? 0x80 : 0) | opcode
  const bit = mask === undefined ? 0 : 0x80
  const header = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10)
  header[0] = first
  header[1] = bit | (size < 126 ? size : size < 65_536 ? 126 : 127)
  if (header.length === 4) header.writeUInt16BE(size, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(size), 2)
  if (mask === undefined) return Buffer.concat([header, payload])
  return Buffer.concat([header, mask, payload.map((byte, index) => byte ^ (mask[index % 4] as number))])
}

function frame(opcode: number, payload: string | Buffer, final = true): Frame {
  return { opcode, final, payload: Buffer.from(payload) }
}

/** Sends `input` in the given pieces and joins what comes back. */
function echoOf(input: Buffer, cuts: readonly number[] = []): { output: Buffer; closed: boolean } {
  const state = new FrameEcho()
  const outputs: Buffer[] = []
  const ends = [...new Set([...cuts, input.length])].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    outputs.push(Buffer.from(state.transform(Buffer.from(input.subarray(from, end)))))
    from = end
  }
  return { output: Buffer.concat(outputs), closed: state.closed }
}

const conversation: Frame[] = [
  frame(1, 'hello'),
  frame(2, Buffer.alloc(125, 7)),
  frame(2, Buffer.alloc(126, 8)),
  frame(1, '', false),
  frame(9, 'ping'),
  frame(0, 'rest'),
  frame(10, 'unasked pong'),
  frame(1, ''),
]

function expectedEcho(frames: readonly Frame[]): Buffer {
  const answers = frames.filter((one) => one.opcode !== 10)
  return Buffer.concat(answers.map((one) => encode(one.opcode === 9 ? { ...one, opcode: 10 } : one)))
}

const sent = Buffer.concat(conversation.map((one) => encode(one, MASK)))

describe('the WebSocket echo', () => {
  it('unmasks and returns frames, answers pings, swallows pongs', () => {
    const { output, closed } = echoOf(sent)
    assert.deepEqual(output, expectedEcho(conversation))
    assert.equal(closed, false)
  })

  it('does the same byte by byte and cut at each point', () => {
    const everywhere = Array.from(sent, (_, index) => index)
    assert.deepEqual(echoOf(sent, everywhere).output, expectedEcho(conversation))
    for (const cut of everywhere)
      assert.deepEqual(echoOf(sent, [cut]).output, expectedEcho(conversation), `cut at ${cut}`)
  })

  it('returns frames of every length form', () => {
    for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
      const one = frame(2, Buffer.alloc(size, size))
      assert.deepEqual(echoOf(encode(one, MASK), [3, 9, 1000, 65_540]).output, encode(one), `${size} bytes`)
    }
  })

  it('echoes a close and is closed', () => {
    const close = frame(8, Buffer.from([0x03, 0xe8, 0x62, 0x79, 0x65]))
    const { output, closed } = echoOf(
      Buffer.concat([encode(frame(1, 'a'), MASK), encode(close, MASK), Buffer.from('junk')]),
    )
    assert.deepEqual(output, Buffer.concat([encode(frame(1, 'a')), encode(close)]))
    assert.equal(closed, true)
    assert.deepEqual(echoOf(encode(frame(8, ''), MASK)), { output: Buffer.from([0x88, 0]), closed: true })
  })

  const violations: [string, Buffer][] = [
    ['an unmasked frame', encode(frame(1, 'a'))],
    ['a reserved bit', Buffer.concat([Buffer.from([0xc1, 0x80]), MASK])],
    ['a reserved opcode', encode(frame(3, 'a'), MASK)],
    ['a reserved control opcode', encode(frame(11, 'a'), MASK)],
    ['a fragmented ping', encode(frame(9, 'a', false), MASK)],
    ['a long ping', encode(frame(9, Buffer.alloc(126)), MASK)],
    ['a close with half a code', encode(frame(8, 'x'), MASK)],
    ['a continuation of nothing', encode(frame(0, 'a'), MASK)],
    ['a message within a message', Buffer.concat([encode(frame(1, '', false), MASK), encode(frame(1, 'b'), MASK)])],
  ]
  for (const [title, bytes] of violations) {
    it(`refuses ${title} with 1002`, () => {
      const { output, closed } = echoOf(bytes)
      assert.deepEqual(output.subarray(-4), Buffer.from([0x88, 2, 0x03, 0xea]))
      assert.equal(closed, true)
    })
  }

  it('refuses an absurd length with 1009', () => {
    const bytes = Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.alloc(8, 0x7f), MASK])
    assert.deepEqual(echoOf(bytes), { output: Buffer.from([0x88, 2, 0x03, 0xf1]), closed: true })
  })

  it('turns whatever comes in into bytes, never into an exception', () => {
    const check = (bytes: Uint8Array, cuts: number[]) => {
      const input = Buffer.from(bytes)
      assert.ok(
        echoOf(
          input,
          cuts.filter((cut) => cut < input.length),
        ).output.length <=
          input.length + 4,
      )
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(59), { maxLength: 4 }), check), {
      numRuns: 500,
    })
  })

  it('is independent of how frames are cut into chunks', () => {
    const oneFrame = fc.record({ size: fc.integer({ min: 0, max: 300 }), opcode: fc.constantFrom(1, 2, 9, 10) })
    const check = (specs: { size: number; opcode: number }[], cuts: number[]) => {
      const frames = specs.map(({ size, opcode }) => frame(opcode, Buffer.alloc(opcode > 2 ? size % 126 : size, size)))
      const input = Buffer.concat(frames.map((one) => encode(one, MASK)))
      assert.deepEqual(
        echoOf(
          input,
          cuts.filter((cut) => cut < input.length),
        ).output,
        expectedEcho(frames),
      )
    }
    fc.assert(fc.property(fc.array(oneFrame, { maxLength: 6 }), fc.array(fc.nat(2000), { maxLength: 8 }), check))
  })
})
