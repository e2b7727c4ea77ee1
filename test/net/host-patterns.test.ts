import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DnsSelect } from '../../src/net/dns-options.js'
import { HostPatternMap, isHostPattern } from '../../src/net/host-patterns.js'
import { HostTable, parseHosts } from '../../src/net/hosts.js'

const label = fc.stringMatching(/^[a-z0-9]{1,6}$/)
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))

function mapOf(...patterns: string[]): HostPatternMap<string> {
  const map = new HostPatternMap<string>()
  for (const pattern of patterns) map.set(pattern, pattern)
  return map
}

describe('host patterns', () => {
  it('are names with at most one wildcard, in front', () => {
    for (const good of ['a', 'a.test', 'A-b_c.test.', '*', '*.a.test', '*a.test', 'ünï.test', '10.0.0.1']) {
      assert.ok(isHostPattern(good), good)
    }
    for (const bad of ['', 'a*', 'a.*.test', '**', '*.', '.a', 'a..b', '-a', 'a-', 'a b', 'a/b', 'a:1', '::1']) {
      assert.ok(!isHostPattern(bad), bad)
    }
  })

  it('NET-02 match sub-domains of any depth, not the domain', () => {
    const map = mapOf('*.x.test')
    assert.equal(map.get('a.x.test'), '*.x.test')
    assert.equal(map.get('a.b.X.Test'), '*.x.test')
    assert.equal(map.get('x.test'), undefined)
    assert.equal(map.get('ax.test'), undefined)
    assert.equal(mapOf('*').get('anything'), '*')
  })

  it('prefer an exact name, then the longest wildcard, in whatever order they were given', () => {
    const patterns = ['*', '*.test', '*.a.test', 'b.a.test']
    fc.assert(
      fc.property(fc.shuffledSubarray(patterns, { minLength: 4 }), (order) => {
        const map = mapOf(...order)
        assert.equal(map.get('b.a.test'), 'b.a.test')
        assert.equal(map.get('c.a.test'), '*.a.test')
        assert.equal(map.get('c.test'), '*.test')
        assert.equal(map.get('c'), '*')
      }),
    )
  })

  it('whatever a name: it matches itself and all wildcards above it, in any case', () => {
    fc.assert(
      fc.property(name, label, (base, front) => {
        assert.equal(mapOf(base).get(base.toUpperCase()), base)
        assert.equal(mapOf(`*.${base}`).get(`${front}.${base}`), `*.${base}`)
        assert.equal(mapOf(`*.${base}`).get(base), undefined)
      }),
    )
  })

  it('NET-04 in hosts, a key with the port comes first, even a wildcard', () => {
    const table = new HostTable(parseHosts({ 'a.test': '10.0.0.1', '*.test:80': '10.0.0.2:81', '*': '10.0.0.3' }))
    assert.deepEqual(table.find('a.test', 80), { address: '10.0.0.2', port: 81 })
    assert.deepEqual(table.find('a.test', 90), { address: '10.0.0.1', port: null })
    assert.deepEqual(table.find('other', 80), { address: '10.0.0.3', port: null })
  })

  it('of several addresses in hosts, each connection takes one as dns.select says', () => {
    const mappings = parseHosts({ 'a.test': ['10.0.0.1', '10.0.0.2:81'], 'b.test': '10.0.0.3, [::1]:82' })
    const taken = (select: DnsSelect, name: string, random = () => 0.9) => {
      const table = new HostTable(mappings, select, random)
      return [1, 2, 3].map(() => table.find(name, 80)!.address)
    }
    assert.deepEqual(taken('first', 'a.test'), ['10.0.0.1', '10.0.0.1', '10.0.0.1'])
    assert.deepEqual(taken('roundRobin', 'a.test'), ['10.0.0.1', '10.0.0.2', '10.0.0.1'])
    assert.deepEqual(taken('random', 'b.test'), ['::1', '::1', '::1'])
    assert.throws(() => parseHosts({ 'a.test': [] }), { message: "invalid host address '' for 'a.test'" })
    assert.throws(() => parseHosts({ 'a.test': ['10.0.0.1', 'x'] }), {
      message: "invalid host address 'x' for 'a.test'",
    })
  })
})
