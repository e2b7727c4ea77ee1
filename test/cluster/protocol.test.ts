import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeHail,
  encodeHail,
  fromInstance,
  isHail,
  pings,
  pongs,
  toInstance,
} from '../../src/cluster/message-codec.js'
import type { FromInstance, Hail, Standing, ToInstance } from '../../src/cluster/protocol.js'
import type { CallResult } from '../../src/engine/calls.js'
import type { LogRecord } from '../../src/log/record.js'
import { CARD } from '../helpers/simulated-cluster.js'

/** Plain objects: what is decoded has no other prototype. */
function record<T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
}

const text = fc.string()
const number = fc.double({ noNaN: true })
const optional = fc.option(text, { nil: undefined })
const standing: fc.Arbitrary<Standing> = record({
  progress: record({
    vus: record({ active: number, initialized: number }),
    iterations: record({ complete: number, failed: number, interrupted: number }),
    openWebSockets: number,
    scenarios: fc.constant([]),
  }),
  isComplete: fc.boolean(),
  hasLostWork: fc.boolean(),
})

const messagesToInstance: fc.Arbitrary<ToInstance> = fc.oneof(
  record({
    type: fc.constant('init' as const),
    task: record({
      file: text,
      segment: text,
      sequence: text,
      instance: fc.nat(),
      shards: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
      epochOrigin: number,
      patience: number,
      isReplaceable: fc.boolean(),
      resumed: fc.option(fc.array(record({ ended: fc.nat(), dropped: fc.nat(), isOver: fc.boolean() })), {
        nil: undefined,
      }),
    }),
  }),
  record({
    type: fc.constant('start' as const),
    at: number,
    pauses: fc.array(record({ from: number, to: number })),
    setupData: optional,
    setupFile: optional,
  }),
  record({ type: fc.constant('begin' as const), at: number }),
  record({
    type: fc.constant('call' as const),
    call: record({ name: fc.constantFrom('setup', 'teardown', 'handleSummary'), argument: optional, timeout: number }),
  }),
  record({ type: fc.constant('scale' as const), scenario: fc.nat(), vus: fc.nat(), maxVUs: fc.nat() }),
  record({ type: fc.constant('taken' as const), number: fc.nat() }),
  fc
    .constantFrom('pause', 'resume', 'stop', 'interrupt', 'report', 'flush', 'release')
    .map((type) => ({ type }) as ToInstance),
)

const messagesFromInstance: fc.Arbitrary<FromInstance> = fc.oneof(
  record({ type: fc.constantFrom('ended' as const, 'flushed' as const, 'left' as const), standing }),
  record({
    type: fc.constant('report' as const),
    part: fc.nat(),
    report: fc.uint8Array(),
    done: fc.array(record({ ended: fc.nat(), dropped: fc.nat() })),
    standing,
  }),
  record({ type: fc.constant('samples' as const), part: fc.nat(), number: fc.nat(), batch: fc.uint8Array() }),
  record({ type: fc.constant('failed' as const), reason: text }),
  record({ type: fc.constant('part lost' as const), part: text, reason: text, goesOn: fc.boolean() }),
)

const RESULTS: readonly CallResult[] = [
  { outcome: 'threw' },
  { outcome: 'timed out' },
  { outcome: 'interrupted' },
  { outcome: 'invalid', message: 'why' },
  { outcome: 'returned', value: { kind: 'json', json: undefined } },
  { outcome: 'returned', value: { kind: 'files', files: [{ target: 'stdout', content: Buffer.from('x') }] } },
]

const RECORD: LogRecord = { level: 'info', msg: 'hello', fields: { vu: 1, source: 'console', ok: true }, time: 1 }

const HAILS: readonly Hail[] = [
  { type: 'discover', replyTo: 'run' },
  { type: 'here', card: CARD },
  { type: 'claim', replyTo: 'run', link: 'run.a1.0', protocol: 1 },
  { type: 'claimed', link: 'run.a1.0' },
  { type: 'refused', link: 'run.a1.0' },
  { type: 'gone', link: 'run.a1.0' },
]

/** A message, or a RangeError. */
function assertHarmless(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error))
  }
}

describe('the messages of a cluster', () => {
  it('are the same when they are read again', () => {
    fc.assert(
      fc.property(messagesToInstance, (message) =>
        assert.deepEqual(toInstance.decode(toInstance.encode(message)), message),
      ),
    )
    fc.assert(
      fc.property(messagesFromInstance, (message) =>
        assert.deepEqual(fromInstance.decode(fromInstance.encode(message)), message),
      ),
    )
    fc.assert(
      fc.property(standing, (own) => {
        const pong = { type: 'pong', number: 3, receivedAt: 1.5, sentAt: 2, standing: own } as const
        assert.deepEqual(pongs.decode(pongs.encode(pong)), pong)
      }),
    )
    for (const result of RESULTS) {
      const called = { type: 'called', result } as const
      assert.deepEqual(fromInstance.decode(fromInstance.encode(called)).type, 'called')
    }
    const log = { type: 'log', number: 1, batch: { records: [RECORD], dropped: 0 } } as const
    assert.deepEqual(fromInstance.decode(fromInstance.encode(log)), log)
    for (const hail of HAILS) {
      assert.ok(isHail(encodeHail(hail)))
      assert.deepEqual(decodeHail(encodeHail(hail)), hail)
    }
  })

  it('are refused when a field is missing or of another kind', () => {
    for (const wrong of [
      { type: 'start' },
      { type: 'init' },
      { type: 'call', call: null },
      { type: 'scale', scenario: '1' },
      { type: 'nonsense' },
      {},
      7,
      null,
    ]) {
      assert.throws(() => toInstance.decode(toInstance.encode(wrong as never)), RangeError)
    }
    for (const wrong of [
      { type: 'ended', standing: {} },
      { type: 'ended', standing: undefined },
      { type: 'ended', standing: { progress: { vus: {}, iterations: {}, scenarios: {} } } },
      { type: 'called', result: { outcome: 'returned' } },
      { type: 'called', result: { outcome: 'returned', value: { kind: 'files', files: [{ target: 1 }] } } },
      { type: 'log', number: 1, batch: undefined },
      { type: 'log', number: 1, batch: { records: [{ ...RECORD, fields: { vu: {} } }], dropped: 0 } },
      { type: 'started', at: Number.NaN },
      { type: 'report', part: 0, report: new Uint8Array(), done: [{ ended: '1' }] },
    ]) {
      assert.throws(() => fromInstance.decode(fromInstance.encode(wrong as never)), RangeError, JSON.stringify(wrong))
    }
    assert.throws(() => pings.decode(pings.encode({ type: 'ping' } as never)), RangeError)
    for (const wrong of [
      { type: 'here', card: { ...CARD, name: 7 } },
      { type: 'here', card: { ...CARD, labels: null } },
      { type: 'here', card: { ...CARD, cores: -1 } },
      { type: 'here', card: null },
      { type: 'here' },
      { type: 'claim' },
      { type: 'ping', number: 1 },
    ]) {
      assert.throws(() => decodeHail(Buffer.from(JSON.stringify(wrong))), RangeError)
    }
    const report = { type: 'report', part: 0, report: new Uint8Array(), done: [{ ended: 1 }] } as never
    assert.throws(() => fromInstance.decode(fromInstance.encode(report)), {
      message: 'a message of type report has no good done: done[0].dropped must be a number, got nothing',
    })
    const large = { type: 'here', card: { ...CARD, name: 'x'.repeat(20_000) } } as const
    assert.throws(() => decodeHail(encodeHail(large)), RangeError)
  })

  it('are messages or RangeErrors, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assertHarmless(() => toInstance.decode(bytes))
        assertHarmless(() => fromInstance.decode(bytes))
        assertHarmless(() => decodeHail(bytes))
        assertHarmless(() => decodeHail(Buffer.concat([Buffer.from('{"type":"here","card":'), bytes])))
      }),
    )
    fc.assert(
      fc.property(fc.json(), (json) => assertHarmless(() => decodeHail(Buffer.from(`{"type":"here","card":${json}}`)))),
    )
  })
})
