/**
 * Whether what has come over the network has the shape of what a message may carry. Whoever reads a message relies on it: nothing that comes
 * may end a run in the middle of a sentence.
 */
import type { CallResult, CallValue, LifecycleCall, SummaryFile } from '../engine/calls.js'
import type { EngineProgress, ScenarioCounters } from '../engine/progress.js'
import type { CountedWork, DoneWork } from '../engine/workload.js'
import type { LogRecord } from '../log/record.js'
import type { LogBatch } from '../log/relay.js'
import type { Pause } from '../plan/pauses.js'
import type { AgentCard, InstanceTask, Standing } from './protocol.js'

type Check = (value: unknown) => boolean
/** All of the shape's fields, so that none is forgotten. */
type Shape<T> = Readonly<Record<keyof Required<T>, Check>>

export function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}

const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isAbsent: Check = (value) => value === undefined
const isBytes: Check = (value) => value instanceof Uint8Array
const isTexts: Check = (value) => typeof value === 'object' && value !== null && Object.values(value).every(isText)

function either(...checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value))
}

function oneOf(...texts: readonly string[]): Check {
  return (value) => texts.includes(value as string)
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

function shape<T>(fields: Shape<T>): Check {
  const entries = Object.entries<Check>(fields)
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    entries.every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]))
}

/** Agents of any version answer those who look for some. */
export const isCard = shape<AgentCard>({
  id: isText,
  name: isText,
  labels: isTexts,
  cores: (value) => Number.isInteger(value) && (value as number) > 0,
  memory: isNumber,
  descriptors: either((value) => value === null, isNumber),
  protocol: isNumber,
  version: isText,
  node: isText,
  platform: isText,
  architecture: isText,
  isBusy: isFlag,
  wallClock: isNumber,
})

const isCounters = shape<ScenarioCounters>({
  state: isNumber,
  activeVus: isNumber,
  iterations: isNumber,
  dropped: isNumber,
  level: isNumber,
  allocatedVus: isNumber,
})

export const isStanding = shape<Standing>({
  progress: shape<EngineProgress>({
    vus: shape<EngineProgress['vus']>({ active: isNumber, initialized: isNumber }),
    iterations: shape<EngineProgress['iterations']>({ complete: isNumber, failed: isNumber, interrupted: isNumber }),
    openWebSockets: isNumber,
    scenarios: listOf(isCounters),
  }),
  isComplete: isFlag,
  hasLostWork: isFlag,
})

export const isCountedWork = listOf(shape<CountedWork>({ ended: isNumber, dropped: isNumber }))

export const isPauses = listOf(shape<Pause>({ from: isNumber, to: isNumber }))

export const isTask = shape<InstanceTask>({
  file: isText,
  segment: isText,
  sequence: isText,
  instance: isNumber,
  shards: either(isAbsent, (value) => Number.isInteger(value) && (value as number) > 0),
  epochOrigin: isNumber,
  patience: isNumber,
  isReplaceable: isFlag,
  resumed: either(isAbsent, listOf(shape<DoneWork>({ ended: isNumber, dropped: isNumber, isOver: isFlag }))),
})

export const isCall = shape<LifecycleCall>({
  name: oneOf('setup', 'teardown', 'handleSummary'),
  argument: either(isAbsent, isText),
  timeout: isNumber,
})

type Returned<Kind extends CallValue['kind']> = Extract<CallValue, { kind: Kind }>

const isCallValue = either(
  shape<Returned<'json'>>({ kind: oneOf('json'), json: either(isAbsent, isText) }),
  shape<Returned<'files'>>({
    kind: oneOf('files'),
    files: either(isAbsent, listOf(shape<SummaryFile>({ target: isText, content: either(isText, isBytes) }))),
  }),
)

type Outcome<Name extends CallResult['outcome']> = Extract<CallResult, { outcome: Name }>

export const isCallResult = either(
  shape<Outcome<'returned'>>({ outcome: oneOf('returned'), value: isCallValue }),
  shape<Outcome<'invalid'>>({ outcome: oneOf('invalid'), message: isText }),
  shape<Pick<CallResult, 'outcome'>>({ outcome: oneOf('threw', 'timed out', 'interrupted') }),
)

const isRecord = shape<LogRecord>({
  level: oneOf('debug', 'info', 'warning', 'error'),
  msg: isText,
  fields: (value) => typeof value === 'object' && value !== null && Object.values(value).every(isField),
  time: isNumber,
  code: either(isAbsent, isText),
  place: either(isAbsent, isText),
  isFramed: either(isAbsent, isFlag),
  repeats: either(isAbsent, isNumber),
})

function isField(value: unknown): boolean {
  return isText(value) || isFlag(value) || isNumber(value)
}

export const isLogBatch = shape<LogBatch>({
  records: listOf(isRecord),
  dropped: isNumber,
  secrets: either(isAbsent, listOf(isText)),
})
