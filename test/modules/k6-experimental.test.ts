/** `k6/experimental/*`: statements MOD-02 to MOD-04 of docs/spec/http.md. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CsvError, CsvReader } from '../../src/modules/k6-experimental/csv-reader.js'
import { runScript, type ScriptResult } from '../helpers/run-script.js'

async function run(source: string, files: Record<string, string> = {}): Promise<ScriptResult> {
  return await runScript(source, { name: 'script.js', files })
}

/** What the expressions give or are rejected with, evaluated in the init code. */
async function outcomes(
  imports: string,
  expressions: readonly string[],
  files: Record<string, string> = {},
): Promise<unknown[]> {
  const { console, errors } = await run(
    `${imports}
    const results = []
    const attempt = async (make) => { try { results.push(await make()) } catch (error) { results.push(error.name + ': ' + error.message) } }
    ${expressions.map((expression) => `await attempt(async () => ${expression})`).join('\n')}
    export default function () { console.log(JSON.stringify(results)) }`,
    files,
  )
  assert.deepEqual(errors, [])
  return JSON.parse(console[0] as string)
}

describe('k6/experimental/fs', () => {
  const imports = `import fs, { open, SeekMode } from 'k6/experimental/fs'`

  it('MOD-02 reads and seeks; every open file has its own position', async () => {
    const results = await outcomes(
      `${imports}
      const file = await open('data/a.txt'), other = await fs.open('./data/a.txt')
      const read = async (f, n) => { const b = new Uint8Array(n); const got = await f.read(b); return got === null ? null : String.fromCharCode(...b.subarray(0, got)) }`,
      [
        'file.stat()',
        'read(file, 4)',
        'read(file, 4)',
        'read(other, 2)',
        'read(file, 9)',
        'read(file, 1)',
        'file.read(new Uint8Array(0))',
        'file.seek(-3, SeekMode.End)',
        'read(file, 9)',
        'file.seek(2, SeekMode.Start)',
        'file.seek(2, SeekMode.Current)',
        'read(file, 1)',
        'file.seek(0, SeekMode.End)',
        'file.path.endsWith("data/a.txt")',
      ],
      { 'data/a.txt': '0123456789' },
    )
    assert.deepEqual(results, [
      { name: 'a.txt', size: 10 },
      '0123',
      '4567',
      '01',
      '89',
      null,
      0,
      7,
      '789',
      2,
      4,
      '4',
      10,
      true,
    ])
  })

  it('MOD-02 says what is wrong', async () => {
    const results = await outcomes(
      `${imports}\nconst file = await open('a.txt')`,
      [
        'open()',
        `open('')`,
        `open('missing.txt')`,
        `open('data')`,
        'file.read()',
        'file.read([])',
        'file.seek(-1, SeekMode.Start)',
        'file.seek(1, SeekMode.End)',
        'file.seek(99, SeekMode.Start)',
        'file.seek(-99, SeekMode.Current)',
        'file.seek(0, 7)',
        'file.seek(0)',
        `file.seek('1', 0)`,
        'file.seek()',
      ],
      { 'a.txt': '0123', 'data/b.txt': '' },
    )
    assert.deepEqual(
      results.map((text) => (text as string).replace(/"\/.*\//, '"…/')),
      [
        'TypeError: open() failed; reason: path cannot be null or undefined',
        'TypeError: open() failed; reason: path cannot be empty',
        'NotFoundError: no such file or directory "…/missing.txt"',
        'InvalidResourceError: cannot open "…/data": opening a directory is not supported',
        'TypeError: read() failed; reason: into argument cannot be null or undefined',
        'TypeError: read() failed; reason: into argument must be a Uint8Array',
        'TypeError: offset cannot be negative when using SeekModeStart',
        'TypeError: offset cannot be positive when using SeekModeEnd',
        'TypeError: seeking beyond end of file',
        'TypeError: seeking before start of file',
        'TypeError: seek() failed; reason: the whence argument must be a SeekMode',
        'TypeError: seek() failed; reason: the whence argument cannot be null or undefined',
        'TypeError: seek() failed; reason: the offset argument must be a number',
        'TypeError: seek() failed; reason: the offset argument cannot be null or undefined',
      ],
    )
  })

  it('MOD-02 opens in the init code only, and reads in every virtual user', async () => {
    const { console, exitCode } = await run(
      `import { open } from 'k6/experimental/fs'
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2 } } }
      const file = await open('a.txt')
      export default async function () {
        const bytes = new Uint8Array(4)
        console.log(await file.read(bytes), String.fromCharCode(...bytes))
        try { await open('a.txt') } catch (error) { console.log(error.name, error.message) }
      }`,
      { 'a.txt': 'text' },
    )
    assert.equal(exitCode, 0)
    const forbidden = 'ForbiddenError open() failed; reason: opening a file is allowed only in the Init context'
    assert.deepEqual([...console].sort(), ['4 text', '4 text', forbidden, forbidden])
  })
})

describe('k6/experimental/csv', () => {
  const imports = `import csv, { parse, Parser } from 'k6/experimental/csv'
    import { open } from 'k6/experimental/fs'
    const file = await open('a.csv'), ragged = await open('ragged.csv'), stray = await open('stray.csv'), open_ = await open('open.csv')
    const rows = async (p) => { const all = []; for (;;) { const { done, value } = await p.next(); if (done) return [...all, value]; all.push(value) } }`
  const files = {
    'a.csv': 'name,age\n\nann,1\n"b, ""bob""",2\r\n"two\nlines",3\n',
    'ragged.csv': 'a,b\n1\n',
    'stray.csv': 'a,b\nx"y,2\n',
    'open.csv': 'a,b\n"x,2\n',
  }

  it('MOD-03 parse gives a SharedArray, Parser one record after the other, with every option', async () => {
    const all = [
      ['name', 'age'],
      ['ann', '1'],
      ['b, "bob"', '2'],
      ['two\nlines', '3'],
    ]
    const results = await outcomes(
      imports,
      [
        'parse(file)',
        'csv.parse(file, { skipFirstLine: true })',
        'parse(file, { fromLine: 2, toLine: 3 })',
        'parse(file, { fromLine: 3, toLine: 3 })',
        `parse(file, { delimiter: ';' }).catch((e) => e.message)`,
        'parse(file, { asObjects: true })',
        'rows(new Parser(file))',
        'rows(new csv.Parser(file, { asObjects: true, toLine: 2 }))',
        'Array.isArray(await parse(file))',
      ],
      files,
    )
    assert.deepEqual(results, [
      all,
      all.slice(1),
      all.slice(1, 3),
      [all[2]],
      'failed to read record; reason: parse error on line 4, column 12: extraneous or missing " in quoted-field',
      [
        { name: 'ann', age: '1' },
        { name: 'b, "bob"', age: '2' },
        { name: 'two\nlines', age: '3' },
      ],
      [...all, []],
      [{ name: 'ann', age: '1' }, []],
      true,
    ])
  })

  it('MOD-03 says what is wrong', async () => {
    const results = await outcomes(
      imports,
      [
        'parse(ragged)',
        'parse(stray)',
        'parse(open_)',
        'parse(file, { fromLine: 2, toLine: 1 })',
        `parse(file, { delimiter: ';;' })`,
        'parse(file, { asObjects: true, skipFirstLine: true })',
        'parse(file, { asObjects: true, fromLine: 1 })',
        'parse(file, { fromLine: -1 })',
        `new Parser(file, { delimiter: '' })`,
        'parse({})',
        'parse()',
        'new Parser(ragged).next()',
        'rows(new Parser(ragged))',
      ],
      files,
    )
    assert.deepEqual(results, [
      'GoError: failed to read record; reason: record on line 2: wrong number of fields',
      'GoError: failed to read record; reason: parse error on line 2, column 2: bare " in non-quoted field',
      'GoError: failed to read record; reason: parse error on line 3, column 1: extraneous or missing " in quoted-field',
      'GoError: failed to interpret the provided Parser options; reason: fromLine must be less than or equal to toLine',
      'GoError: failed to interpret the provided Parser options; reason: delimiter must be a single character',
      "GoError: failed to create a new parser; reason: the 'header' option cannot be enabled when 'skipFirstLine' is true",
      "GoError: failed to create a new parser; reason: the 'header' option cannot be enabled when 'fromLine' is set to a value greater than 0",
      "GoError: failed to create a new parser; reason: the 'fromLine' option must be greater than or equal to 0; got -1",
      'GoError: encountered an error while interpreting Parser options; reason: delimiter must be a single character',
      'GoError: first argument expected to be a fs.File instance, got object',
      'GoError: first argument expected to be a fs.File instance, got undefined',
      { done: false, value: ['a', 'b'] },
      'GoError: failed to read record; reason: record on line 2: wrong number of fields',
    ])
  })

  it('whatever the text is, reading it ends in records or in a CsvError', () => {
    const letters = ['"', ',', '\n', '\r\n', 'a', '\ufeff', '']
    let seed = 1
    const random = (): number => (seed = (seed * 48271) % 2147483647)
    for (let n = 0; n < 3000; n++) {
      const text = Array.from({ length: random() % 12 }, () => letters[random() % letters.length]).join('')
      const reader = new CsvReader(text, ',')
      try {
        for (let i = 0; reader.next() !== undefined; i++) assert.ok(i <= text.length)
      } catch (error) {
        assert.ok(error instanceof CsvError, `${JSON.stringify(text)}: ${error}`)
      }
    }
  })
})

describe('k6/experimental/streams', () => {
  it('MOD-04 are Node’s, also as globals: read loop, cancel, error, lock, strategies', async () => {
    const { console, errors } = await run(
      `import { ReadableStream as R, CountQueuingStrategy, WritableStream, ReadableStreamDefaultReader } from 'k6/experimental/streams'
      import { sleep } from 'k6'
      export default async function () {
        let n = 0
        const stream = new R({ pull(controller) { n < 3 ? controller.enqueue(n++) : controller.close() } }, new CountQueuingStrategy({ highWaterMark: 2 }))
        console.log(R === ReadableStream, stream.locked)
        const reader = stream.getReader()
        console.log(reader instanceof ReadableStreamDefaultReader, stream.locked)
        try { stream.getReader() } catch (error) { console.log(error.name) }
        for (let step = await reader.read(); !step.done; step = await reader.read()) console.log(step.value)
        const slow = new R({ async start(c) { await new Promise((done) => setTimeout(done, 20)); c.error(new Error('broken')) } })
        await slow.getReader().read().catch((error) => console.log(error.message))
        let reason
        await new R({ cancel(why) { reason = why } }).cancel('enough')
        console.log(reason)
        try { new CountQueuingStrategy() } catch (error) { console.log(error.name) }
        try { new R({}, { highWaterMark: -1 }) } catch (error) { console.log(error.name) }
        const written = []
        const writer = new WritableStream({ write(chunk) { written.push(chunk) } }).getWriter()
        await writer.write('a'); await writer.close()
        console.log(written.join())
      }`,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, [
      'true false',
      'true true',
      'TypeError',
      '0',
      '1',
      '2',
      'broken',
      'enough',
      'TypeError',
      'RangeError',
      'a',
    ])
  })
})

describe('what has left k6/experimental', () => {
  it('timers and webcrypto are aliases, with k6’s note', async () => {
    const { console, warnings } = await run(
      `import { setTimeout as later } from 'k6/experimental/timers'
      import { crypto as c } from 'k6/experimental/webcrypto'
      export default async function () { await new Promise((done) => later(done, 1)); console.log((await c.subtle.digest('SHA-256', new Uint8Array(1))).byteLength) }`,
    )
    assert.deepEqual(console, ['32'])
    assert.match(
      warnings[0] as string,
      /^k6\/experimental\/timers has been graduated, and it's now globally available\. You just need to remove the import/,
    )
    assert.match(warnings[1] as string, /^k6\/experimental\/webcrypto has been graduated/)
  })
})
