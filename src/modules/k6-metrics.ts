/**
 * Module `k6/metrics`: Counter, Gauge, Rate and Trend, the metrics that a script declares itself.
 *
 * Source  docs/spec/metrics-and-modules.md §2.2
 */
import { withHint } from '../log/error-hints.js'
import type { MetricDefinition, MetricType } from '../metrics/metric.js'
import type { Series } from '../metrics/series.js'
import type { TagSet } from '../metrics/tag-set.js'
import { describe, HostError } from '../vu/host-error.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { metricTags } from './call-params.js'
import type { BuiltinModule } from './module.js'

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/
const LONGEST_QUOTED = 100

/** The base of the four classes; scripts do not see it. */
class CustomMetric {
  readonly #vu: VirtualUser
  readonly #definition: MetricDefinition
  /** The series of the last call without tags of its own. It is kept because the VU's tags rarely change. */
  #series: Series | null = null
  #seriesTags: TagSet | null = null

  constructor(vu: VirtualUser, type: MetricType, name: unknown, isTime: unknown) {
    if (vu.phase !== 'init') throw new HostError('metrics must be declared in the init context')
    const text = name === undefined ? '' : String(name)
    if (!NAME.test(text)) {
      const error = new HostError(
        `Invalid metric name: '${text}'. Metric names must only include up to 128 ASCII letters, numbers, or ` +
          'underscores and start with a letter or an underscore.',
      )
      throw withHint(error, `this name ${brokenRule(text)}`)
    }
    this.#vu = vu
    try {
      this.#definition = vu.shard.registry.declare(text, type, isTime ? 'time' : 'default')
    } catch (error) {
      throw new HostError((error as Error).message)
    }
    Object.defineProperty(this, 'name', { value: text, enumerable: true })
    // A function that needs no `this`, because scripts take it off: `const { add } = new Counter('x')`.
    const metric = this
    const add = function (value: unknown, tags?: unknown): boolean {
      return metric.#add(value, tags, arguments.length === 0)
    }
    Object.defineProperty(this, 'add', { value: add, enumerable: true, writable: true, configurable: true })
  }

  #add(value: unknown, tags: unknown, isMissing: boolean): boolean {
    const vu = this.#vu
    if (vu.phase === 'init') throw new HostError('Adding to metrics in the init context is not supported')
    const number = typeof value === 'number' ? value : toNumber(value)
    if (!Number.isFinite(number)) return this.#refuse(value, isMissing)
    if (tags === undefined || tags === null) {
      if (this.#seriesTags !== vu.tags) this.#resolve(vu.tags)
      ;(this.#series as Series).add(number)
    } else {
      const set = vu.tags.withAll(metricTags(tags, `cannot add tags for the '${this.#definition.name}' custom metric`))
      vu.shard.registry.series(this.#definition, set).add(number)
    }
    return true
  }

  #resolve(tags: TagSet): void {
    this.#series = this.#vu.shard.registry.series(this.#definition, tags)
    this.#seriesTags = tags
  }

  #refuse(value: unknown, isMissing: boolean): false {
    const { name } = this.#definition
    const expected = 'a number or a boolean value is expected'
    const message = isMissing
      ? `no value was provided for metric '${name}', ${expected}`
      : `'${shorten(describe(value))}' is an invalid value for metric '${name}', ${expected}`
    if (this.#vu.shard.settings.throw) throw new HostError(message)
    this.#vu.shard.log.warning(message)
    return false
  }
}

export const k6Metrics: BuiltinModule = {
  create: (vu) => ({
    Counter: class Counter extends CustomMetric {
      constructor(name: unknown) {
        super(vu, 'counter', name, arguments[1])
      }
    },
    Gauge: class Gauge extends CustomMetric {
      constructor(name: unknown) {
        super(vu, 'gauge', name, arguments[1])
      }
    },
    Rate: class Rate extends CustomMetric {
      constructor(name: unknown) {
        super(vu, 'rate', name, arguments[1])
      }
    },
    Trend: class Trend extends CustomMetric {
      constructor(name: unknown, isTime = false) {
        super(vu, 'trend', name, isTime)
      }
    },
  }),
}

function brokenRule(name: string): string {
  if (name === '') return 'is empty'
  if (/^[0-9]/.test(name)) return 'starts with a number'
  const other = /[^a-zA-Z0-9_]/u.exec(name)?.[0]
  if (other !== undefined) return `contains ${other === ' ' ? 'a space' : `"${other}"`}`
  return name.length < 2 ? 'has one character, and two are the least' : `has ${name.length} characters`
}

function toNumber(value: unknown): number {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0
    case 'string':
      return value.trim() === '' ? Number.NaN : Number(value)
    case 'object':
      return value instanceof Number || value instanceof String || value instanceof Boolean
        ? toNumber(value.valueOf())
        : value instanceof Date
          ? value.getTime()
          : Number.NaN
    default:
      return Number.NaN
  }
}

function shorten(text: string): string {
  if (text.length < LONGEST_QUOTED) return text
  const half = LONGEST_QUOTED / 2
  return `${text.slice(0, half)}... omitting ${text.length - LONGEST_QUOTED} characters ...${text.slice(-half)}`
}
