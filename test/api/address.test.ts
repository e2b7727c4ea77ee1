import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectOptions, formatAddress, listenOptions, parseAddress } from '../../src/api/address.js'

describe('address of the control API', () => {
  const table = [
    { text: 'localhost:6565', listen: { host: '127.0.0.1', port: 6565 }, connect: 'localhost' },
    { text: '127.0.0.1:1', listen: { host: '127.0.0.1', port: 1 }, connect: '127.0.0.1' },
    { text: '0.0.0.0:6565', listen: { host: '0.0.0.0', port: 6565 }, connect: '127.0.0.1' },
    { text: ':6565', listen: { port: 6565 }, connect: '127.0.0.1' },
    { text: '6565', listen: { host: '127.0.0.1', port: 6565 }, connect: 'localhost' },
    { text: '[::1]:0', listen: { host: '::1', port: 0 }, connect: '::1' },
    { text: '[::]:65535', listen: { host: '::', port: 65535 }, connect: '::1' },
    { text: 'load-1.example.com:80', listen: { host: 'load-1.example.com', port: 80 }, connect: 'load-1.example.com' },
  ]
  for (const { text, listen, connect } of table) {
    it(`${text} is listened on and connected to`, () => {
      const address = parseAddress(text)
      assert.deepEqual(listenOptions(address), listen)
      assert.deepEqual(connectOptions(address), { host: connect, port: listen.port })
      assert.equal(formatAddress(address), text === '6565' ? 'localhost:6565' : text)
    })
  }

  for (const text of [
    'localhost',
    'localhost:',
    'localhost:65536',
    '::1:6565',
    'http://localhost:6565',
    'a b:1',
    'x:y',
  ]) {
    it(`${JSON.stringify(text)} is refused with what to write`, () => {
      assert.throws(() => parseAddress(text), {
        code: 'ERR_API_ADDRESS',
        exitCode: 106,
        message: `the address of the control API must be host:port, got ${JSON.stringify(text)}`,
      })
    })
  }
})
