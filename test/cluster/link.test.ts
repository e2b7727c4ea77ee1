import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LARGEST_MESSAGE, Link, parseFrame } from '../../src/cluster/link.js'
import { MemoryNetwork, type MemoryTransport } from '../helpers/memory-transport.js'
import { randomOf, SimulatedTime } from '../helpers/simulated-cluster.js'

interface End {
  readonly link: Link
  readonly transport: MemoryTransport
  readonly received: string[]
}

function pair(seed: number, faults: Partial<MemoryNetwork['faults']>, maxPayload = 1024 * 1024) {
  const time = new SimulatedTime()
  const network = new MemoryNetwork({ timing: time, random: randomOf(seed), maxPayload, ...faults })
  const timing = {
    now: () => time.now,
    wallClock: () => 0,
    after: (ms: number, act: () => void) => time.after(ms, act),
  }
  const end = (own: string, other: string): End => {
    const transport = network.connect()
    const received: string[] = []
    const link = new Link({
      id: 'a.b.0',
      subject: other,
      transport,
      timing,
      onMessage: (bytes) => received.push(Buffer.from(bytes).toString()),
      onDatagram: (bytes) => received.push(`datagram ${Buffer.from(bytes).toString()}`),
    })
    transport.subscribe(own, (payload) => link.receive(parseFrame(payload)))
    return { link, transport, received }
  }
  return { time, network, one: end('one', 'two'), two: end('two', 'one') }
}

describe('a link', () => {
  it('delivers everything once and in order, whatever the network does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
          duplication: fc.double({ min: 0, max: 0.5, noNaN: true }),
          longest: fc.nat(1000),
          messages: fc.array(fc.string({ maxLength: 2000 }), { maxLength: 80 }),
        }),
        async ({ seed, loss, duplication, longest, messages }) => {
          const { time, one, two } = pair(seed, { loss, duplication, delay: [0, longest] }, 1024)
          for (const message of messages) {
            one.link.send(Buffer.from(message))
            two.link.send(Buffer.from(`to ${message}`))
          }
          await time.until(Promise.all([one.link.idle(), two.link.idle()]))
          assert.deepEqual(two.received, messages)
          assert.deepEqual(
            one.received,
            messages.map((message) => `to ${message}`),
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  it('brings a message that is much larger than what the network carries', async () => {
    const { time, one, two } = pair(1, { loss: 0.1, delay: [0, 20] }, 4096)
    const text = 'x'.repeat(200_000)
    one.link.send(Buffer.from(text))
    await time.until(one.link.idle())
    assert.deepEqual(two.received, [text])
  })

  it('goes on at once when a connection is there again', async () => {
    const { time, network, one, two } = pair(1, {})
    const restart = network.restart(60_000)
    one.link.send(Buffer.from('hello'))
    await time.until(restart)
    const since = time.now
    await time.until(one.link.idle())
    assert.ok(time.now - since < 100)
    assert.deepEqual(two.received, ['hello'])
  })

  it('carries datagrams beside its messages, each at most once', async () => {
    const { time, one, two } = pair(3, { loss: 0.5 })
    for (let i = 0; i < 100; i++) one.link.datagram(Buffer.from(String(i)))
    await time.pass(1000)
    assert.ok(two.received.length > 20 && two.received.length < 80)
    assert.equal(new Set(two.received).size, two.received.length)
  })

  it('has waited for the other end when it is idle, but not when it is closed', async () => {
    const { time, one, two } = pair(4, {})
    two.transport.cut({ isKnown: false })
    one.link.send(Buffer.from('nobody hears that'))
    const idle = one.link.idle()
    let isIdle = false
    void idle.then(() => {
      isIdle = true
    })
    await time.pass(10_000)
    assert.equal(isIdle, false)
    one.link.close()
    await idle
  })

  it('refuses messages that are too large', () => {
    const { one } = pair(5, {})
    assert.throws(() => one.link.send(new Uint8Array(LARGEST_MESSAGE + 1)), RangeError)
  })

  it('takes frames only, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          parseFrame(bytes)
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
      }),
    )
  })
})
