import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import pc from 'picocolors'
import { createProgressView, type ProgressViewOptions } from '../../src/terminal/progress-view.js'
import { progress } from './states.js'

const colors = pc.createColors(false)
const STATUS = 'running (01.0s), 2/2 VUs, 4 complete and 0 interrupted iterations'
const PLAIN = `\n${STATUS}\ndefault   [  10% ] 2 VUs  01.0s/10s\n`
const BAR = `[==>${'-'.repeat(35)}]`
const DRAWN = `\x1b[K\n${STATUS}\x1b[K\ndefault   ${BAR} 2 VUs  01.0s/10s\x1b[K\n`
const BACK_UP = '\r\x1b[J\x1b[3A'

class Screen extends Writable {
  text = ''
  isTTY = false
  columns = 100
  rows = 30

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString()
    done()
  }

  /** What was written since the last look. */
  take(): string {
    const { text } = this
    this.text = ''
    return text
  }
}

function view(options: Partial<ProgressViewOptions> & { isTTY?: boolean }) {
  const stream = new Screen()
  stream.isTTY = options.isTTY ?? false
  const timer = { ms: 0, tick: () => {}, cancelled: false }
  const every = (ms: number, callback: () => void) => {
    Object.assign(timer, { ms, tick: callback })
    return () => {
      timer.cancelled = true
    }
  }
  const made = createProgressView({ stream, state: () => progress(), colors, every, ...options })
  return { view: made, stream, timer }
}

describe('progress where nobody watches', () => {
  it('is printed every second, as on k6, and once at the end', () => {
    const { view: plain, stream, timer } = view({})
    plain.start()
    assert.equal(stream.take(), '')
    assert.equal(timer.ms, 1000)
    timer.tick()
    assert.equal(stream.take(), PLAIN)
    plain.stop()
    plain.stop()
    assert.equal(stream.take(), PLAIN)
    assert.ok(timer.cancelled)
  })

  it('is plain on a terminal that cannot place the cursor', () => {
    const { view: plain, stream } = view({ isTTY: true, smartTerminal: false })
    plain.start()
    plain.stop()
    assert.equal(stream.take(), PLAIN)
  })

  it('prints nothing when it was never started', () => {
    const { view: plain, stream } = view({})
    plain.stop()
    assert.equal(stream.take(), '')
  })
})

describe('progress that should be quiet', () => {
  it('prints nothing but the log', () => {
    const { view: silent, stream, timer } = view({ quiet: true, isTTY: true })
    silent.start()
    timer.tick()
    silent.writeAbove('log\n', stream)
    silent.stop()
    assert.equal(stream.take(), 'log\n')
  })
})

describe('progress on a terminal', () => {
  it('is drawn at once and redrawn in place ten times a second', () => {
    const { view: live, stream, timer } = view({ isTTY: true })
    live.start()
    assert.equal(timer.ms, 100)
    assert.equal(stream.take(), DRAWN + BACK_UP)
    timer.tick()
    assert.equal(stream.take(), DRAWN + BACK_UP)
  })

  it('stays below the log', () => {
    const { view: live, stream } = view({ isTTY: true })
    live.start()
    stream.take()
    live.writeAbove('INFO[0001] hi\n', stream)
    assert.equal(stream.take(), `\r\x1b[JINFO[0001] hi\n${DRAWN}${BACK_UP}`)
  })

  it('is left standing at the end, after which the log goes below it', () => {
    const { view: live, stream, timer } = view({ isTTY: true })
    live.start()
    stream.take()
    live.stop()
    assert.equal(stream.take(), `${DRAWN}\r\x1b[J`)
    live.stop()
    live.writeAbove('after\n', stream)
    stream.emit('resize')
    assert.equal(stream.take(), 'after\n')
    assert.ok(timer.cancelled)
  })

  it('follows the size of the window', () => {
    const { view: live, stream } = view({ isTTY: true })
    live.start()
    stream.take()
    stream.columns = 40
    stream.emit('resize')
    assert.ok(stream.take().includes('\ndefault   [>----------] 2 VUs  01.0s/10s\x1b[K\n'))
    stream.columns = 20
    stream.emit('resize')
    assert.ok(stream.take().includes('\ndefault   [  10% ] …\x1b[K\n'))
  })

  it('ends without harm when the terminal goes away', () => {
    const { view: live, stream, timer } = view({ isTTY: true })
    live.start()
    stream.emit('error', new Error('EIO'))
    stream.take()
    assert.ok(timer.cancelled)
    live.stop()
    assert.equal(stream.take(), '')
  })
})
