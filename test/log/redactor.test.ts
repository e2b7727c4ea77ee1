import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LogRecord } from '../../src/log/record.js'
import { Redactor } from '../../src/log/redactor.js'

const GONE = '***SECRET_REDACTED***'

function redactor(...secrets: string[]): Redactor {
  const redactor = new Redactor()
  for (const secret of secrets) redactor.add(secret)
  return redactor
}

describe('keeping secrets out of texts', () => {
  it('takes the longest of secrets that begin alike, in whatever order they were told', () => {
    for (const secrets of [
      ['token', 'token-1234'],
      ['token-1234', 'token'],
    ]) {
      assert.equal(redactor(...secrets).redact('a token-1234, a token'), `a ${GONE}, a ${GONE}`)
    }
  })

  it('takes each place, and signs of regular expressions as they are', () => {
    assert.equal(
      redactor('a.b|c', '$(x)[1]/-\\').redact('a.b|c aXb c $(x)[1]/-\\a.b|c'),
      `${GONE} aXb c ${GONE}${GONE}`,
    )
  })

  it('leaves texts alone without secrets, and an empty text is none', () => {
    assert.equal(redactor('').redact('as it is'), 'as it is')
  })

  it('covers the message and all text fields of a log record', () => {
    const record = { level: 'info', time: 1, msg: 'hunter2!', fields: { source: 'console', error: 'no hunter2', n: 2 } }
    const { msg, fields } = redactor('hunter2').redactRecord(record as unknown as LogRecord)
    assert.deepEqual([msg, fields], [`${GONE}!`, { source: 'console', error: `no ${GONE}`, n: 2 }])
  })
})
