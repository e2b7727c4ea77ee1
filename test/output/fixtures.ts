/** What the tests of outputs share: a log that remembers, samples, a context. */
import { Writable } from 'node:stream'
import { Log } from '../../src/log/log.js'
import { SampleRecorder } from '../../src/metrics/recorder.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { DEFAULT_SYSTEM_TAGS } from '../../src/metrics/system-tags.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import type { OutputContext } from '../../src/output/output.js'
import { parseThresholds } from '../../src/threshold/parse.js'

/** 2026-11-21T05:00:00.123456Z */
export const TIME = Date.UTC(2026, 10, 21, 5) + 123.456

export class Text extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.text += chunk.toString()
    done()
  }
}

export function contextOf(overrides: Partial<OutputContext> = {}): { context: OutputContext; messages: string[] } {
  const messages: string[] = []
  const log = new Log('debug', ({ level, msg }) => messages.push(`${level}: ${msg}`))
  const context: OutputContext = {
    log,
    stdout: new Text(),
    workingDirectory: process.cwd(),
    env: {},
    config: {},
    systemTags: DEFAULT_SYSTEM_TAGS,
    thresholds: parseThresholds(undefined),
    features: [],
    userAgent: 'sockeye/test',
    version: 'test',
    ...overrides,
  }
  return { context, messages }
}

/** A shard with a recorder whose clock starts at {@link TIME} and goes on by 1 ms per sample. */
export class RecordingShard {
  #now = TIME
  readonly recorder = new SampleRecorder(() => this.#now++)
  readonly #registry = new MetricRegistry([], this.recorder)
  readonly #root = new TagInterner().root

  add(name: string, value: number, tags: Record<string, string> = {}): void {
    const type = name.startsWith('rtt') ? 'trend' : 'counter'
    const metric = this.#registry.declare(name, type, type === 'trend' ? 'time' : 'default')
    this.#registry.series(metric, this.#root.withAll(tags)).add(value)
  }
}
