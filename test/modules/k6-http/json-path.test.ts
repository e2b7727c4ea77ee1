import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { select } from '../../../src/modules/k6-http/json-path.js'
import { matchesWildcard } from '../../../src/modules/k6-http/wildcard.js'

describe('wildcards of JSON paths', () => {
  it('* is any text, ? one character, a backslash takes the next one literally', () => {
    for (const [text, pattern, expected] of [
      ['first', 'fir?t', true],
      ['firt', 'fir?t', false],
      ['first', 'f*t', true],
      ['first', '*', true],
      ['', '*', true],
      ['', '', true],
      ['a', '', false],
      ['first', 'f*s', false],
      ['abcabd', '*ab?', true],
      ['a*b', 'a\\*b', true],
      ['axb', 'a\\*b', false],
      ['a\\', 'a\\', true],
      ['line\nbreak', 'line*break', true],
    ] as const) {
      assert.equal(matchesWildcard(text, pattern), expected, `${text} and ${pattern}`)
    }
  })

  it('match what the same regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), letters, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        assert.equal(matchesWildcard(text, pattern), expression.test(text))
      }),
    )
  })

  it('do not take longer and longer with each * (HTTP-40)', () => {
    const document = { name: 'a'.repeat(2_000), [`${'a'.repeat(2_000)}b`]: 1 }
    const pattern = `${'*a'.repeat(30)}*c`
    assert.equal(select(document, pattern), undefined)
    assert.equal(select([document], `#(name%"${pattern}").name`), undefined)
  })
})

describe('paths into JSON', () => {
  it('have at most 500 parts, within or after each other', () => {
    for (const path of ['{'.repeat(501), `${'[a,'.repeat(300)}`, `${'a.'.repeat(501)}a`, '#('.repeat(40_000)]) {
      assert.throws(() => select({}, path), /^Error: this path into JSON has \d+ parts; it may have 500$/)
    }
    const nested = `${'{a:'.repeat(400)}b${'}'.repeat(400)}`
    let value = select({ b: 1 }, nested)
    for (let depth = 0; depth < 400; depth++) value = (value as { a: unknown }).a
    assert.equal(value, 1)
  })

  it('find things in documents nested deeper than calls may be', () => {
    const document = JSON.parse(`${'{"a":['.repeat(50_000)}{"b":1}${']}'.repeat(50_000)}`)
    assert.deepEqual(select(document, '@dig:b'), [1])
    assert.deepEqual(select({ b: 1, c: { b: 2, d: [{ b: 3 }] }, e: { b: 4 } }, '@dig:b'), [1, 2, 3, 4])
  })
})
