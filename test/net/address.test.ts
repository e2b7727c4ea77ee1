import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import { isIpLiteral } from '../../src/net/address.js'

describe('an IP literal', () => {
  for (const host of [
    '127.0.0.1',
    '::1',
    '::',
    'fe80::1%eth0',
    '::ffff:127.0.0.1',
    '2001:db8:0:0:0:0:0:1',
    '127.1',
    '256.0.0.1',
    'localhost',
    'host:80',
    '1.2.3.4:80',
    '[::1]',
    '',
    ':',
  ]) {
    it(`"${host}" is one exactly when Node says so`, () => assert.equal(isIpLiteral(host), isIP(host) !== 0))
  }
})
