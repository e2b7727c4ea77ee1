import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AddressBlocker, parseBlacklistIPs } from '../../src/net/blocking.js'

function ipv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

const address = fc.nat(0xffffffff)

function blocker(...cidrs: string[]): AddressBlocker {
  return new AddressBlocker(parseBlacklistIPs(cidrs))
}

describe('blacklistIPs', () => {
  it('NET-07 holds exactly the addresses that share the prefix', () => {
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (network, target, bits) => {
        const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
        const expected = (network & mask) >>> 0 === (target & mask) >>> 0
        const cidr = blocker(`${ipv4(network)}/${bits}`).match(ipv4(target))
        assert.equal(cidr, expected ? `${ipv4((network & mask) >>> 0)}/${bits}` : undefined)
      }),
    )
  })

  it('keeps the families apart, except for IPv4 written as IPv6', () => {
    const all = blocker('0.0.0.0/0')
    assert.equal(all.match('::1'), undefined)
    assert.equal(all.match('::ffff:10.0.0.1'), '0.0.0.0/0')
    assert.equal(blocker('::/0').match('10.0.0.1'), undefined)
    assert.equal(blocker('fd00::/8').match('fd12::1'), 'fd00::/8')
    assert.equal(blocker('fe80::/10').match('fe80::1%lo'), 'fe80::/10')
  })

  it('names the first range that matches', () => {
    assert.equal(blocker('10.1.0.0/16', '10.0.0.0/8').match('10.1.0.1'), '10.1.0.0/16')
    assert.equal(blocker().match('10.1.0.1'), undefined)
  })
})
