import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseLogDestination } from '../../src/log/destination.js'
import { LineBuffer } from '../../src/log/line-buffer.js'
import { Log } from '../../src/log/log.js'
import { createLogging, type LoggingOptions, type LogStream } from '../../src/log/logging.js'
import { LogOutputError } from '../../src/log/output-error.js'
import { type LogBatch, LogRelay } from '../../src/log/relay.js'
import { FileSink, type LogSink, StreamSink } from '../../src/log/sink.js'

const folder = mkdtempSync(join(tmpdir(), 'sockeye-log-'))
after(() => rmSync(folder, { recursive: true }))

class Captured extends Writable {
  text = ''
  isTTY = false

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

function logging(options: Partial<LoggingOptions> = {}) {
  const stdout = new Captured()
  const stderr = new Captured()
  const made = createLogging({ format: 'raw', startedAt: 0, stdout, stderr, ...options })
  return { ...made, made, log: made.log, stdout, stderr }
}

describe('log destinations', () => {
  it('are streams, nothing, or a file with a level', () => {
    assert.deepEqual(parseLogDestination('stdout'), { kind: 'stdout' })
    assert.deepEqual(parseLogDestination('none'), { kind: 'none' })
    assert.deepEqual(parseLogDestination('file=run.log'), { kind: 'file', path: 'run.log', level: undefined })
    assert.deepEqual(parseLogDestination('file=./a.log,level=WARN'), {
      kind: 'file',
      path: './a.log',
      level: 'warning',
    })
  })

  const wrong: [string, string][] = [
    ['syslog', `unsupported log output 'syslog'`],
    ['', `unsupported log output ''`],
    ['file=/no/such/folder/x.log', `provided directory '/no/such/folder' does not exist`],
    ['file=x.log,depth=3', 'unknown logfile config key depth'],
    ['file=x.log,level=loud', 'unknown log level loud'],
    ['file=', `log output 'file' needs a path`],
  ]
  for (const [text, message] of wrong) {
    it(`refuse ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseLogDestination(text),
        (error) => error instanceof LogOutputError && error.message === message && error.hint !== '',
      )
    })
  }
})

describe('a run’s log', () => {
  it('goes to stderr, from level info on', () => {
    const { log, stdout, stderr } = logging()
    log.debug('no')
    log.info('one')
    log.error('two')
    assert.equal(stderr.text, 'one\n')
    assert.equal(stdout.text, '')
  })

  it('is complete and in order once closed', async () => {
    const { log, made, stderr } = logging({ verbose: true })
    for (let i = 0; i < 1000; i++) log.debug(String(i))
    await made.close()
    assert.equal(stderr.text, Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''))
    log.info('late')
    assert.ok(stderr.text.endsWith('999\nlate\n'), 'a line after the end is still written')
  })

  it('is flushed at once when the process is about to end', () => {
    const { log, made, stderr } = logging()
    log.info('one')
    log.info('two')
    made.flush()
    assert.equal(stderr.text, 'one\ntwo\n')
  })

  it('goes to a file that only its owner can read, appended, from the level given', async () => {
    const path = join(folder, 'run.log')
    for (const text of ['first', 'second']) {
      const { log, made, stderr } = logging({ output: `file=${path},level=warning` })
      log.info('hidden')
      log.warning(text)
      await made.close()
      assert.equal(stderr.text, '')
    }
    assert.equal(readFileSync(path, 'utf8'), 'first\nsecond\n')
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('uses the short form on a terminal only', () => {
    const stderr = new Captured()
    stderr.isTTY = true
    const now = () => 2000
    createLogging({ startedAt: 0, stdout: new Captured(), stderr, now }).log.info('hi')
    assert.equal(stderr.text, `INFO[0002] hi${' '.repeat(43)}\n`)
    stderr.text = ''
    createLogging({ startedAt: 0, stdout: new Captured(), stderr, now, smartTerminal: false }).log.info('hi')
    assert.match(stderr.text, /^time="1970-01-01T.*" level=info msg=hi\n$/)
  })

  it('writes console lines to their own file, without the source', async () => {
    const consoleOutput = join(folder, 'console.txt')
    const { log, made, stderr } = logging({ consoleOutput, format: 'json', now: () => 0 })
    log.with({ source: 'console' }).info('from the script', { scenario: 'a' })
    log.info('from the run')
    await made.close()
    const line = JSON.parse(readFileSync(consoleOutput, 'utf8'))
    assert.deepEqual(Object.keys(line), ['level', 'msg', 'scenario', 'time'])
    assert.equal(line.msg, 'from the script')
    assert.deepEqual(JSON.parse(stderr.text).msg, 'from the run')
  })

  it('says which file cannot be opened', () => {
    assert.throws(() => logging({ consoleOutput: folder }), /console output could not be opened: EISDIR/)
  })

  it('lets a progress view write what goes to a terminal', () => {
    const stderr = new Captured()
    stderr.isTTY = true
    const made = createLogging({ format: 'raw', startedAt: 0, stdout: new Captured(), stderr })
    const through: [string, LogStream][] = []
    made.writeThrough((text, stream) => through.push([text, stream]) > 0)
    made.log.info('above')
    assert.deepEqual(through, [['above\n', stderr]])
  })
})

describe('failing log outputs', () => {
  it('do not disturb the run when a pipe is closed', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    const failures: Error[] = []
    const sink = new StreamSink(broken, (error) => failures.push(error))
    sink.write('a\n')
    await nextTurn()
    assert.equal(sink.write('b\n'), true)
    await sink.close()
    assert.equal(failures.length, 1)
  })

  it('report a full disk once and go on', { skip: process.platform !== 'linux' && 'needs /dev/full' }, async () => {
    const failures: Error[] = []
    const sink = new FileSink('/dev/full', 0o600, (error) => failures.push(error))
    assert.equal(sink.write('a\n'), true)
    assert.equal(sink.write('b\n'), true)
    await sink.close()
    assert.deepEqual(
      failures.map((error) => error.message.replace(/,.*/, '')),
      ['/dev/full: ENOSPC: no space left on device'],
    )
  })
})

/** A sink that takes one chunk and then none until it is told so. */
class StuckSink implements LogSink {
  text = ''
  ready: (() => void) | undefined

  write(text: string): boolean {
    this.text += text
    return false
  }

  onReady(callback: () => void): void {
    this.ready = callback
  }

  async close(): Promise<void> {}
}

describe('lines that come faster than they can be written', () => {
  const droppedLine = (count: number) => `${count} dropped\n`

  it('are held up to a limit, then dropped and counted', async () => {
    const sink = new StuckSink()
    const buffer = new LineBuffer(sink, { maxHeld: 20, droppedLine })
    for (let i = 0; i < 100; i++) buffer.write(`line ${i}\n`)
    assert.equal(sink.text, 'line 0\n')
    sink.ready?.()
    await nextTurn()
    assert.equal(sink.text, 'line 0\nline 1\nline 2\n97 dropped\n')
  })

  it('keep those of the run itself', async () => {
    const sink = new StuckSink()
    const buffer = new LineBuffer(sink, { maxHeld: 10, droppedLine })
    for (const line of ['a\n', 'b is long enough\n', 'c\n']) buffer.write(line)
    buffer.write('thresholds crossed\n', true)
    await buffer.close()
    assert.equal(sink.text, 'a\nb is long enough\nthresholds crossed\n1 dropped\n')
  })

  it('announce room when the sink has taken them', async () => {
    const sink = new StuckSink()
    const buffer = new LineBuffer(sink, { maxHeld: 10, droppedLine })
    let roomy = 0
    buffer.whenRoomy(() => roomy++)
    assert.equal(roomy, 1)
    buffer.write('a\n')
    buffer.write('bbbbbbbb\n')
    buffer.whenRoomy(() => roomy++)
    assert.equal(roomy, 1)
    sink.ready?.()
    await nextTurn()
    await nextTurn()
    assert.equal(roomy, 2)
  })

  it('leave a shard one batch at a time', () => {
    const batches: LogBatch[] = []
    const relay = new LogRelay((batch) => batches.push(structuredClone(batch)), 200)
    const log = new Log('info', relay.emit, () => 1)
    for (let i = 0; i < 10; i++) log.info(`${i}`)
    assert.deepEqual(batches.map(contents), [['0']])
    relay.acknowledge()
    assert.deepEqual(batches.map(contents), [['0'], ['1', '2', '3', '6 dropped']])
    relay.acknowledge()
    log.info('next')
    assert.deepEqual(contents(batches[2] as LogBatch), ['next'])
    log.info('last')
    relay.flush()
    assert.deepEqual(contents(batches[3] as LogBatch), ['last'])
  })

  it('hold a shard back until the outputs have room', async () => {
    const stderr = new Captured()
    const made = createLogging({ format: 'raw', every: true, startedAt: 0, stdout: new Captured(), stderr })
    const relay = new LogRelay((batch) => made.receive(batch, () => relay.acknowledge()))
    const log = new Log('info', relay.emit)
    for (let i = 0; i < 200_000; i++) {
      log.info('x'.repeat(50))
      if (i % 50_000 === 0) await nextTurn()
    }
    relay.flush()
    await made.close()
    const written = stderr.text.split('\n').filter((line) => line.startsWith('xxx')).length
    const dropped = Array.from(stderr.text.matchAll(/^(\d+) log lines? (?:was|were) dropped/gm), (match) =>
      Number(match[1]),
    )
    assert.equal(written + dropped.reduce((sum, count) => sum + count, 0), 200_000)
  })
})

function contents(batch: LogBatch): string[] {
  const messages = batch.records.map((record) => record.msg)
  return batch.dropped > 0 ? [...messages, `${batch.dropped} dropped`] : messages
}
