import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createFormatter, formatText, formatTty, parseLogFormat, rfc3339 } from '../../src/log/format.js'
import { needsQuotes, quote } from '../../src/log/quote.js'
import type { LogFields, LogLevel, LogRecord } from '../../src/log/record.js'

const time = Date.UTC(2026, 10, 21, 5, 0, 0)

function record(msg: string, fields: LogFields = {}, level: LogLevel = 'info'): LogRecord {
  return { level, msg, fields, time }
}

/** Runs `body` in a time zone and goes back to the one before. */
function inZone(zone: string, body: () => void): void {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  try {
    body()
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
}

describe('log lines as text', () => {
  it('are time, level, msg and then fields in order of their names', () => {
    inZone('UTC', () => {
      const line = formatText(record('hello world', { source: 'console', executor: 'constant-vus' }))
      assert.equal(
        line,
        'time="2026-11-21T05:00:00Z" level=info msg="hello world" executor=constant-vus source=console\n',
      )
    })
  })

  it('show a code frame beneath, as it is', () => {
    const framed = { ...record('wrong\n  1 │ "x"\n', { hint: 'h' }, 'error'), isFramed: true }
    assert.match(formatText(framed), /^time="[^"]+" level=error msg=wrong hint=h\n {2}1 │ "x"\n/)
  })

  it('have no code, which is for programs', () => {
    const failed = { ...record('wrong', {}, 'error'), code: 'ERR_SAMPLE' }
    assert.doesNotMatch(formatText(failed), /ERR_SAMPLE/)
    assert.match(
      createFormatter({ format: 'json', tty: false, colors: false, startedAt: 0 })(failed),
      /^{"code":"ERR_SAMPLE",/,
    )
  })

  it('leave plain and empty values unquoted', () => {
    inZone('UTC', () => {
      const line = formatText(record('', { a: 'x-1._/@^+', b: '', c: 5, d: true }, 'warning'))
      assert.equal(line, 'time="2026-11-21T05:00:00Z" level=warning msg= a=x-1._/@^+ b= c=5 d=true\n')
    })
  })

  it('keep a field that has the name of a fixed part', () => {
    inZone('UTC', () => {
      assert.match(formatText(record('x', { msg: 'mine' })), /msg=x fields\.msg=mine\n$/)
    })
  })

  it('give the local time with its offset', () => {
    inZone('Asia/Kolkata', () => assert.equal(rfc3339(time), '2026-11-21T10:30:00+05:30'))
    inZone('America/New_York', () => assert.equal(rfc3339(time), '2026-11-21T00:00:00-05:00'))
  })
})

describe('quoting', () => {
  const rows: [string, string][] = [
    ['two words', '"two words"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['Error: x\n\tat f', '"Error: x\\n\\tat f"'],
    ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
    ['\u0007\b\f\r\v', '"\\a\\b\\f\\r\\v"'],
    ['é 日本 🐟', '"é 日本 🐟"'],
    ['a\u00a0b\u200bc', '"a\\u00a0b\\u200bc"'],
    ['\u{e0001}', '"\\U000e0001"'],
    ['\ud800', '"\ufffd"'],
  ]
  for (const [text, quoted] of rows) {
    it(`writes ${JSON.stringify(text)} as Go would`, () => assert.equal(quote(text), quoted))
  }

  it('is needed for anything but letters, digits and a few signs', () => {
    assert.equal(needsQuotes('abc-XYZ.09_/@^+'), false)
    assert.equal(needsQuotes(''), false)
    for (const text of ['a b', 'a=b', 'é', 'a:b', '{}', '\n']) assert.equal(needsQuotes(text), true, text)
  })
})

describe('log lines on a terminal', () => {
  it('start with a short level and the seconds since the start, the message padded to 44 columns', () => {
    assert.equal(
      formatTty(record('hello world', { source: 'console' }), time - 1_999, false),
      'INFO[0001] hello world                                   source=console\n',
    )
  })

  it('have coloured levels and keys', () => {
    assert.equal(
      formatTty(record('x'.repeat(50), { k: 'v w' }, 'warning'), time, true),
      `\x1b[33mWARN\x1b[0m[0000] ${'x'.repeat(50)}  \x1b[33mk\x1b[0m="v w"\n`,
    )
    assert.ok(formatTty(record('x', {}, 'error'), time, true).startsWith('\x1b[31mERRO\x1b[0m[0000] x'))
    assert.ok(formatTty(record('x', {}, 'debug'), time, true).startsWith('\x1b[37mDEBU\x1b[0m[0000] x'))
  })

  it('count an emoji as one column and drop a closing newline', () => {
    assert.equal(formatTty(record('🐟\n'), time, false), `INFO[0000] 🐟${' '.repeat(43)} \n`)
  })
})

describe('other log formats', () => {
  const options = { tty: true, colors: true, startedAt: time }

  it('write JSON with sorted keys, also on a terminal', () => {
    inZone('UTC', () => {
      const format = createFormatter({ ...options, format: 'json' })
      assert.equal(
        format(record('hello "you"', { source: 'console' })),
        '{"level":"info","msg":"hello \\"you\\"","source":"console","time":"2026-11-21T05:00:00Z"}\n',
      )
    })
  })

  it('write the bare message as raw', () => {
    assert.equal(createFormatter({ ...options, format: 'raw' })(record('hello', { a: 1 })), 'hello\n')
  })

  it('are text when the name is not known', () => {
    assert.equal(parseLogFormat('logfmt'), 'text')
    assert.equal(parseLogFormat(undefined), 'text')
    assert.equal(parseLogFormat('json'), 'json')
  })
})
