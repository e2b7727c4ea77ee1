import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LogFolder, repeatsText } from '../../src/log/fold.js'
import { createFormatter } from '../../src/log/format.js'
import type { LogRecord } from '../../src/log/record.js'

const record = (msg: string, fields: LogRecord['fields'] = {}): LogRecord => ({ level: 'error', msg, fields, time: 0 })

function setUp() {
  const shown: LogRecord[] = []
  return { shown, folder: new LogFolder((one) => shown.push(one)) }
}

describe('folding repeated log lines', () => {
  it('lets five of a kind pass and counts the others, whatever their numbers are', () => {
    const { shown, folder } = setUp()
    for (let i = 0; i < 12; i++) folder.take(record(`no answer to ${i}`))
    folder.take(record('something else'))
    assert.equal(shown.length, 6)
    assert.equal(folder.hasFolded, true)
    folder.flush()
    assert.deepEqual(shown.at(-1), { ...record('no answer to 11'), repeats: 7 })
    folder.flush()
    assert.equal(shown.length, 7)
    // Each count is of what came since the last.
    folder.take(record('no answer to 12'))
    folder.flush()
    assert.deepEqual(shown.at(-1), { ...record('no answer to 12'), repeats: 1 })
  })

  it('keeps scenarios, levels and errors apart', () => {
    const { shown, folder } = setUp()
    for (let i = 0; i < 5; i++) {
      folder.take(record('x', { scenario: 'a' }))
      folder.take(record('x', { scenario: 'b' }))
      folder.take(record('x', { error: 'c' }))
      folder.take({ ...record('x'), level: 'warning' })
    }
    assert.equal(shown.length, 20)
  })

  it('adds up what comes folded already', () => {
    const { shown, folder } = setUp()
    folder.take(record('x'))
    folder.take({ ...record('x'), repeats: 100 })
    folder.take({ ...record('x'), repeats: 11 })
    folder.flush()
    assert.deepEqual(
      shown.map(({ repeats }) => repeats),
      [undefined, 111],
    )
  })

  it('leaves alone what scripts print and what --http-debug shows', () => {
    for (const source of ['console', 'http-debug']) {
      const { shown, folder } = setUp()
      for (let i = 0; i < 100; i++) folder.take(record('x', { source }))
      assert.equal(shown.length, 100)
    }
  })

  it('tells the count, the scenario and the place', () => {
    const folded = {
      ...record('Error: boom\n\tat f (lib/a.ts:4:8)\n\tat g (a.ts:9:1)', { scenario: 's' }),
      repeats: 11_812,
    }
    assert.equal(repeatsText(folded), '… 11,812 more like this (s, lib/a.ts:4:8): Error: boom')
    assert.equal(
      repeatsText({ ...record('dial', { error: 'refused' }), repeats: 2 }),
      '… 2 more like this: dial: refused',
    )
    const format = createFormatter({ format: 'json', tty: false, colors: false, startedAt: 0 })
    const { count, msg } = JSON.parse(format(folded))
    assert.equal(count, 11_812)
    assert.match(msg, /^Error: boom\n/)
  })
})

describe('control characters in log text', () => {
  it('are escaped on a terminal, with colours or without, and in no other place', () => {
    const hostile = record('a\x1b[2J\x07b\tc\nd\x9b', { key: 'e\x1bf' })
    for (const format of ['text', 'raw'] as const) {
      const onTerminal = createFormatter({ format, tty: true, colors: false, startedAt: 0 })(hostile)
      assert.ok(onTerminal.includes('a\\x1b[2J\\x07b\tc\nd\\x9b'), JSON.stringify(onTerminal))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      assert.doesNotMatch(onTerminal, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
    }
    const inFile = createFormatter({ format: 'raw', tty: false, colors: false, startedAt: 0 })(hostile)
    assert.equal(inFile, `${hostile.msg}\n`)
  })
})
