import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NetworkOptionError } from '../../src/net/errors.js'
import { parseLocalIPs, poolAddress } from '../../src/net/local-ips.js'

function addresses(text: string, vus: number): string[] {
  const pool = parseLocalIPs(text)
  return Array.from({ length: vus }, (_, i) => poolAddress(pool, i + 1))
}

describe('local address pool', () => {
  it('NET-14 gives VU 1 and 2 the first and second address, VU 3 the first again', () => {
    assert.deepEqual(addresses('10.0.0.1,10.0.0.9', 3), ['10.0.0.1', '10.0.0.9', '10.0.0.1'])
  })

  it('takes ranges, networks and single addresses, of both families', () => {
    assert.deepEqual(addresses('10.0.0.254-10.0.1.1, ::1', 6), [
      '10.0.0.254',
      '10.0.0.255',
      '10.0.1.0',
      '10.0.1.1',
      '::1',
      '10.0.0.254',
    ])
    assert.deepEqual(addresses('10.0.0.5/30', 3), ['10.0.0.5', '10.0.0.6', '10.0.0.5'])
    assert.deepEqual(addresses('10.0.0.5/31', 3), ['10.0.0.4', '10.0.0.5', '10.0.0.4'])
    assert.deepEqual(addresses('10.0.0.5/32', 2), ['10.0.0.5', '10.0.0.5'])
    assert.deepEqual(addresses('fd00::/126', 5), ['fd00::', 'fd00::1', 'fd00::2', 'fd00::3', 'fd00::'])
  })

  it('does not mind the size of an IPv6 network, and can be sent to a thread', () => {
    const pool = parseLocalIPs('fd00::/8,10.0.0.1')
    assert.equal(pool.count, 2n ** 120n + 1n)
    assert.equal(poolAddress(pool, 1_000_000), 'fd00::f:423f')
    assert.deepEqual(structuredClone(pool), pool)
  })

  it('refuses what it cannot read, with exit code 255', () => {
    const mistakes: [string, string][] = [
      ['', ' is not a valid IP, IP range or CIDR'],
      ['10.0.0.1,x', 'x is not a valid IP, IP range or CIDR'],
      ['10.0.0.0/33', '10.0.0.0/33 is not a valid IP, IP range or CIDR'],
      ['a-b', 'wrong IP range format: a-b'],
      ['10.0.0.1-10.0.0.2-10.0.0.3', 'wrong IP range format: 10.0.0.1-10.0.0.2-10.0.0.3'],
      ['10.0.0.1-::1', 'mixed IP range format: 10.0.0.1-::1'],
      ['10.0.0.2-10.0.0.1', 'negative IP range: 10.0.0.2-10.0.0.1'],
    ]
    for (const [text, message] of mistakes) {
      assert.throws(
        () => parseLocalIPs(text),
        (error: unknown) => error instanceof NetworkOptionError && error.message === message && error.exitCode === 255,
        text,
      )
    }
  })

  it('gives every address of a pool to one VU before any to two', () => {
    const last = fc.integer({ min: 0, max: 200 })
    fc.assert(
      fc.property(last, last, fc.integer({ min: 24, max: 32 }), (from, length, bits) => {
        const to = Math.min(255, from + length)
        const pool = parseLocalIPs(`10.0.0.${from}-10.0.0.${to},10.0.1.0/${bits}`)
        const count = Number(pool.count)
        const given = new Set(Array.from({ length: count }, (_, i) => poolAddress(pool, i + 1)))
        assert.equal(given.size, count)
        assert.equal(poolAddress(pool, count + 1), poolAddress(pool, 1))
      }),
    )
  })
})
