import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILTIN_SPECIFIERS } from '../../src/modules/catalog.js'
import { unknownBuiltin } from '../../src/script/unknown-builtin.js'
import { runScript } from '../helpers/run-script.js'

describe('an import that looks like a module of k6', () => {
  const guesses: Record<string, string> = {
    'k6/tcp': 'k6/x/tcp',
    'k6/x/tpc': 'k6/x/tcp',
    'k6/websocket': 'k6/websockets',
    'k6/experimental/websocket': 'k6/experimental/websockets',
    K6: 'k6',
    'K6/HTTP': 'k6/http',
    'k6/metric': 'k6/metrics',
    'k6/x/ws': 'k6/ws',
    'k6/experimental/http': 'k6/http',
  }
  for (const [wrong, right] of Object.entries(guesses)) {
    it(`${wrong} gets the suggestion ${right}`, () => {
      assert.equal(unknownBuiltin(wrong, BUILTIN_SPECIFIERS), `unknown module "${wrong}"; did you mean "${right}"?`)
    })
  }

  it('an extension gets the name of a package', () => {
    assert.match(
      unknownBuiltin('k6/x/kafka', BUILTIN_SPECIFIERS),
      /unknown module "k6\/x\/kafka": .*; use kafkajs instead$/,
    )
    assert.match(unknownBuiltin('k6/x/something', BUILTIN_SPECIFIERS), /use packages from npm instead$/)
  })

  it('what k6 has or had, and sockeye has not, says so', () => {
    assert.match(
      unknownBuiltin('k6/browser', BUILTIN_SPECIFIERS),
      /^the k6 module "k6\/browser" is not part of sockeye/,
    )
    assert.match(unknownBuiltin('k6/experimental/redis', BUILTIN_SPECIFIERS), /was removed from k6/)
  })

  it('stops the start, as does the package ws, with the place in the script', async () => {
    for (const [specifier, text] of [
      ['K6', 'unknown module "K6"; did you mean "k6"?'],
      ['ws', 'WebSocket is a global here'],
    ]) {
      const { exitCode, errors } = await runScript(`import x from '${specifier}'\nexport default function () { x() }`)
      assert.equal(exitCode, 107)
      assert.ok(errors[0]?.includes(text as string), errors[0])
      assert.match(errors[0] as string, /script\.ts:1:14/)
    }
  })
})
