import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DnsOptions, type DnsPolicy, parseDns } from '../../src/net/dns-options.js'
import type { DialError } from '../../src/net/errors.js'
import { applyPolicy, type LookupFunction, Resolver } from '../../src/net/resolver.js'

const BOTH = ['::1', '10.0.0.1', '10.0.0.2', '10.0.0.3', '::2'].map(entry)

function entry(address: string): LookupAddress {
  return { address, family: address.includes(':') ? 6 : 4 }
}

/** A stub name server: counts its queries and answers when told. */
class StubServer {
  queries: string[] = []
  #answers: (() => void)[] = []
  answer: LookupAddress[] | string

  constructor(answer: LookupAddress[] | string = BOTH) {
    this.answer = answer
  }

  readonly lookup: LookupFunction = (name, callback) => {
    this.queries.push(name)
    this.#answers.push(() => {
      if (typeof this.answer === 'string') callback(Object.assign(new Error(this.answer), { code: this.answer }), [])
      else callback(null, this.answer)
    })
  }

  answerAll(): void {
    for (const answer of this.#answers.splice(0)) answer()
  }
}

function setUp(options: unknown = {}, answer?: LookupAddress[] | string) {
  const server = new StubServer(answer)
  const clock = { now: 0 }
  const host = { lookup: server.lookup, now: () => clock.now, random: () => 0.99 }
  const resolver = new Resolver(parseDns(options) satisfies DnsOptions, host)
  const ask = (name: string): string => {
    const results: string[] = []
    collect(resolver, name, results)
    server.answerAll()
    return results.join()
  }
  return { server, clock, resolver, ask }
}

function collect(resolver: Resolver, name: string, results: string[]): void {
  resolver.resolve(name, {
    addressFound: (address) => results.push(address),
    addressFailed: (error: DialError) => results.push(error.message),
  })
}

describe('resolver', () => {
  it('NET-10 first takes the first address, roundRobin each in turn, random any', () => {
    const first = setUp({ select: 'first' })
    assert.deepEqual([first.ask('a'), first.ask('a')], ['10.0.0.1', '10.0.0.1'])
    const turns = setUp({ select: 'roundRobin' })
    const order = ['a', 'a', 'b', 'a', 'a'].map(turns.ask)
    assert.deepEqual(order, ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.3', '10.0.0.1'])
    assert.equal(setUp({ select: 'random' }).ask('a'), '10.0.0.3')
  })

  it('NET-10 roundRobin goes on also when nothing is cached', () => {
    const { ask } = setUp({ select: 'roundRobin', ttl: '0' })
    assert.deepEqual(['a', 'a', 'a'].map(ask), ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  })

  it('NET-11 caches for five minutes by default, whatever the case of the name', () => {
    const { server, clock, ask } = setUp()
    ask('a.test')
    clock.now = 299_999
    ask('A.TEST')
    assert.equal(server.queries.length, 1)
    clock.now = 300_000
    ask('a.test')
    assert.equal(server.queries.length, 2)
  })

  it('NET-11 ttl 0 asks every time, inf never again', () => {
    const never = setUp({ ttl: '0' })
    never.ask('a')
    never.ask('a')
    assert.equal(never.server.queries.length, 2)
    const always = setUp({ ttl: 'inf' })
    always.ask('a')
    always.clock.now = Number.MAX_SAFE_INTEGER
    always.ask('a')
    assert.equal(always.server.queries.length, 1)
  })

  it('asks once for all that wait for the same name', () => {
    const { server, resolver } = setUp({ select: 'roundRobin' })
    const results: string[] = []
    for (let i = 0; i < 3; i++) collect(resolver, 'a', results)
    server.answerAll()
    assert.deepEqual(server.queries, ['a'])
    assert.deepEqual(results, ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  })

  it('does not cache failures', () => {
    const { server, ask } = setUp({}, 'ENOTFOUND')
    assert.equal(ask('no.test'), 'lookup no.test: no such host')
    server.answer = [entry('10.0.0.9')]
    assert.equal(ask('no.test'), '10.0.0.9')
  })

  it('words failures as Go does', () => {
    assert.equal(setUp().ask(''), 'lookup : no such host')
    assert.equal(setUp({}, 'EINVAL').ask('x'), 'lookup x: no such host')
    assert.equal(setUp({}, 'EAI_AGAIN').ask('x'), 'lookup x: server misbehaving')
    assert.equal(setUp({}, 'EMFILE').ask('x'), 'lookup x: too many open files')
  })

  it('NET-09 applies the policy before the choice', () => {
    const only4 = [entry('10.0.0.1')]
    const expected: [DnsPolicy, string[], string[]][] = [
      ['preferIPv4', ['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['10.0.0.1']],
      ['preferIPv6', ['::1', '::2'], ['10.0.0.1']],
      ['onlyIPv4', ['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['10.0.0.1']],
      ['onlyIPv6', ['::1', '::2'], []],
      ['any', BOTH.map(({ address }) => address), ['10.0.0.1']],
    ]
    for (const [policy, ofBoth, ofIPv4] of expected) {
      assert.deepEqual(applyPolicy(policy, BOTH), ofBoth, policy)
      assert.deepEqual(applyPolicy(policy, only4), ofIPv4, policy)
    }
    assert.equal(setUp({ policy: 'onlyIPv6' }, only4).ask('v4.test'), 'lookup v4.test: no such host')
  })

  it('roundRobin uses all addresses equally often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5 }), (size, rounds) => {
        const addresses = Array.from({ length: size }, (_, i) => entry(`10.0.0.${i}`))
        const { ask } = setUp({ select: 'roundRobin' }, addresses)
        const counts = new Map<string, number>()
        for (let i = 0; i < size * rounds; i++) {
          const address = ask('a')
          counts.set(address, (counts.get(address) ?? 0) + 1)
        }
        assert.deepEqual([...counts.values()], Array(size).fill(rounds))
      }),
    )
  })
})
