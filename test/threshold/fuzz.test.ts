import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SockeyeError } from '../../src/base/errors.js'
import { parseExpression } from '../../src/threshold/expression.js'
import { parseThresholds } from '../../src/threshold/parse.js'
import { parseSelector } from '../../src/threshold/selector.js'

/** Texts made of the pieces that the grammars know, and of anything else. */
const text = fc
  .array(
    fc.oneof(fc.constantFrom('p(', ')', '95', 'avg', '<', '=', '>', '!', '{', '}', ':', ',', '"', ' '), fc.string()),
  )
  .map((pieces) => pieces.join(''))

function isResultOrOurError(parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof SockeyeError) || error.exitCode !== 104) throw error
  }
}

describe('whatever goes in, the parsers of thresholds', () => {
  it('give an expression or one of our errors', () => {
    fc.assert(fc.property(text, (source) => isResultOrOurError(() => parseExpression(source))))
  })

  it('give a selector or one of our errors', () => {
    fc.assert(fc.property(text, (source) => isResultOrOurError(() => parseSelector(source))))
  })

  it('give thresholds or one of our errors', () => {
    fc.assert(fc.property(fc.anything(), (option) => isResultOrOurError(() => parseThresholds(option))))
  })
})
