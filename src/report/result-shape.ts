/**
 * Checks the content of a result file, down to its points and sketches: a file may be written by hand, cut off or damaged, and no figure
 * that is made of it may be wrong silently.
 *
 * Errors  Misfit, with the place of the first thing that is wrong
 */
import {
  AMOUNT,
  type Check,
  COUNT,
  check,
  FLAG,
  list,
  Misfit,
  mapOf,
  misfit,
  NUMBER,
  nullable,
  oneOf,
  optional,
  POSITIVE,
  record,
  TEXT,
} from '../base/shape.js'
import { decodeSketch } from '../sketch/codec.js'

const TYPE = oneOf('counter', 'gauge', 'rate', 'trend')
const CONTAINS = oneOf('default', 'time', 'data')
/** A measured value; a number that JSON cannot hold is a text. */
const VALUE = check('a number', (value) =>
  typeof value === 'string' ? /^(NaN|-?Infinity)$/.test(value) : Number.isFinite(value),
)
/** Epoch milliseconds within the range of Date, with room for the length of a test. */
const MOMENT = check(
  'a moment in milliseconds',
  (value) => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 8e15,
)
const SKETCH: Check = (value, place) => {
  if (typeof value !== 'string') throw misfit(place, 'a sketch in base64', value)
  try {
    decodeSketch(Buffer.from(value, 'base64'))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Misfit(`${place} must be a sketch in base64: ${error.message}`)
  }
}
/** For each type of metric, the checks of the values that follow offset and width in a point. */
const VALUES: Readonly<Record<string, readonly Check[]>> = {
  counter: [COUNT, VALUE],
  gauge: [VALUE, VALUE, VALUE],
  rate: [COUNT, COUNT],
  trend: [COUNT, nullable(VALUE), SKETCH],
}

const SERIES = record({ name: TEXT, metric: TEXT, type: TYPE, contains: CONTAINS, tags: optional(mapOf(TEXT)) })

const series: Check = (value, place) => {
  SERIES(value, place)
  const { type, points } = value as { type: string; points?: unknown }
  const values = VALUES[type] as readonly Check[]
  let last = Number.NEGATIVE_INFINITY
  list((point, at) => {
    last = pointOf(point, at, values, type, last)
  })(points, `${place}.points`)
}

/** Checks one point. Returns its offset, which that of the next point must be above. */
function pointOf(value: unknown, place: string, values: readonly Check[], type: string, last: number): number {
  if (!Array.isArray(value) || value.length !== values.length + 2)
    throw misfit(place, `a list of ${values.length + 2}, as points of a ${type} are`, value)
  NUMBER(value[0], `${place}[0]`)
  POSITIVE(value[1], `${place}[1]`)
  values.forEach((each, i) => void each(value[i + 2], `${place}[${i + 2}]`))
  if (value[0] <= last) throw misfit(`${place}[0]`, `after ${last}, the offset of the point before`, value[0])
  return value[0]
}

const THRESHOLD = record({ metric: TEXT, source: TEXT, ok: FLAG, value: nullable(NUMBER), limit: NUMBER })
const CHECK = record({ name: TEXT, group: TEXT, passes: COUNT, fails: COUNT })
const METRIC = record({ name: TEXT, type: TYPE, contains: CONTAINS, values: mapOf(nullable(NUMBER)) })
const ERROR = record({ message: TEXT, count: COUNT, scenario: TEXT, place: TEXT })
const LOG_LINE = record({ time: NUMBER, level: oneOf('debug', 'info', 'warning', 'error'), message: TEXT })
const SCENARIO = record({
  name: TEXT,
  executor: TEXT,
  state: oneOf('waiting', 'running', 'graceful', 'interrupted', 'done'),
  progress: nullable(NUMBER),
  timeMs: nullable(NUMBER),
  totalMs: nullable(NUMBER),
  vus: record({ active: NUMBER, max: NUMBER }),
  iterations: optional(record({ done: NUMBER, total: NUMBER })),
  ratePerSecond: optional(nullable(NUMBER)),
  dropped: NUMBER,
})

const RESULT = record({
  madeBy: TEXT,
  verdict: oneOf('passed', 'failed', 'aborted'),
  exitCode: NUMBER,
  reason: optional(TEXT),
  script: TEXT,
  startedAt: MOMENT,
  durationMs: AMOUNT,
  scenariosMs: optional(AMOUNT),
  thresholds: list(THRESHOLD),
  checks: list(CHECK),
  metrics: list(METRIC),
  errors: optional(record({ listed: list(ERROR), others: COUNT })),
  notes: optional(list(TEXT)),
  log: optional(list(LOG_LINE)),
  planned: optional(list(record({ offset: NUMBER, vus: nullable(NUMBER), iterationRate: nullable(NUMBER) }))),
  scenarios: optional(list(SCENARIO)),
  tags: optional(mapOf(TEXT)),
  machine: optional(record({ node: TEXT, platform: TEXT, cores: NUMBER })),
  series: list(series),
  run: optional(TEXT),
  totals: optional(TEXT),
})

export function assertResult(value: unknown): void {
  RESULT(value, '')
  const names = new Set<string>()
  for (const [i, { name }] of (value as { series: { name: string }[] }).series.entries()) {
    if (names.has(name)) throw misfit(`series[${i}].name`, 'another name than those before it', name)
    names.add(name)
  }
}
