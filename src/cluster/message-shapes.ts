/**
 * The types of all fields of the messages of protocol.ts, against which decoded messages are checked.
 */
import {
  ANY_NUMBER,
  BYTES,
  check,
  FLAG,
  list,
  mapOf,
  nullable,
  oneOf,
  optional,
  record,
  TEXT,
  type VariantFields,
  variants,
} from '../base/shape.js'
import type { CallResult, CallValue, LifecycleCall, SummaryFile } from '../engine/calls.js'
import type { EngineProgress, ScenarioCounters } from '../engine/progress.js'
import type { CountedWork, DoneWork } from '../engine/workload.js'
import type { LogRecord } from '../log/record.js'
import type { LogBatch } from '../log/relay.js'
import type { Pause } from '../plan/pauses.js'
import type { AgentCard, FromInstance, Hail, InstanceTask, Ping, Pong, Standing, ToInstance } from './protocol.js'

/** A number of cores or shards. */
const SOME = check('a whole number above 0', (value) => Number.isInteger(value) && (value as number) > 0)

/** Agents of all versions answer `discover` with a card, so these fields must stay as they are. */
const CARD = record<AgentCard>({
  id: TEXT,
  name: TEXT,
  labels: mapOf(TEXT),
  cores: SOME,
  memory: ANY_NUMBER,
  descriptors: nullable(ANY_NUMBER),
  protocol: ANY_NUMBER,
  version: TEXT,
  node: TEXT,
  platform: TEXT,
  architecture: TEXT,
  isBusy: FLAG,
  wallClock: ANY_NUMBER,
})

const COUNTERS = record<ScenarioCounters>({
  state: ANY_NUMBER,
  activeVus: ANY_NUMBER,
  iterations: ANY_NUMBER,
  dropped: ANY_NUMBER,
  level: ANY_NUMBER,
  allocatedVus: ANY_NUMBER,
})

const STANDING = record<Standing>({
  progress: record<EngineProgress>({
    vus: record<EngineProgress['vus']>({ active: ANY_NUMBER, initialized: ANY_NUMBER }),
    iterations: record<EngineProgress['iterations']>({
      complete: ANY_NUMBER,
      failed: ANY_NUMBER,
      interrupted: ANY_NUMBER,
    }),
    openWebSockets: ANY_NUMBER,
    scenarios: list(COUNTERS),
  }),
  isComplete: FLAG,
  hasLostWork: FLAG,
})

const TASK = record<InstanceTask>({
  file: TEXT,
  segment: TEXT,
  sequence: TEXT,
  instance: ANY_NUMBER,
  shards: optional(SOME),
  epochOrigin: ANY_NUMBER,
  patience: ANY_NUMBER,
  isReplaceable: FLAG,
  resumed: optional(list(record<DoneWork>({ ended: ANY_NUMBER, dropped: ANY_NUMBER, isOver: FLAG }))),
})

const CALL = record<LifecycleCall>({
  name: oneOf('setup', 'teardown', 'handleSummary'),
  argument: optional(TEXT),
  timeout: ANY_NUMBER,
})

const TEXT_OR_BYTES = check('a text or bytes', (value) => typeof value === 'string' || value instanceof Uint8Array)

const CALL_RESULT = variants<CallResult, 'outcome'>('outcome', {
  returned: {
    value: variants<CallValue, 'kind'>('kind', {
      json: { json: optional(TEXT) },
      files: { files: optional(list(record<SummaryFile>({ target: TEXT, content: TEXT_OR_BYTES }))) },
    }),
  },
  invalid: { message: TEXT },
  threw: {},
  'timed out': {},
  interrupted: {},
})

const LOG_FIELD = check(
  'a text, a number, true or false',
  (value) =>
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value)),
)

const LOG_BATCH = record<LogBatch>({
  records: list(
    record<LogRecord>({
      level: oneOf('debug', 'info', 'warning', 'error'),
      msg: TEXT,
      fields: mapOf(LOG_FIELD),
      time: ANY_NUMBER,
      code: optional(TEXT),
      place: optional(TEXT),
      isFramed: optional(FLAG),
      isRetold: optional(FLAG),
      repeats: optional(ANY_NUMBER),
    }),
  ),
  dropped: ANY_NUMBER,
  secrets: optional(list(TEXT)),
})

type Shapes<Message extends { type: string }> = VariantFields<Message, 'type'>

export const HAILS: Shapes<Hail> = {
  discover: { replyTo: TEXT },
  here: { card: CARD },
  claim: { replyTo: TEXT, link: TEXT, protocol: ANY_NUMBER },
  claimed: { link: TEXT },
  refused: { link: TEXT },
  gone: { link: TEXT },
}

export const TO_INSTANCE: Shapes<ToInstance> = {
  init: { task: TASK },
  begin: { at: ANY_NUMBER },
  call: { call: CALL },
  fetch: { setupFile: TEXT },
  start: {
    at: ANY_NUMBER,
    pauses: list(record<Pause>({ from: ANY_NUMBER, to: ANY_NUMBER })),
    setupData: optional(TEXT),
    setupFile: optional(TEXT),
  },
  pause: {},
  resume: {},
  scale: { scenario: ANY_NUMBER, vus: ANY_NUMBER, maxVUs: ANY_NUMBER },
  stop: {},
  interrupt: {},
  report: {},
  flush: {},
  taken: { number: ANY_NUMBER },
  release: {},
}

export const FROM_INSTANCE: Shapes<FromInstance> = {
  prepared: {},
  'init failed': { vu: ANY_NUMBER },
  failed: { reason: TEXT },
  called: { result: CALL_RESULT },
  fetched: {},
  started: { at: ANY_NUMBER },
  ended: { standing: STANDING },
  flushed: { standing: STANDING },
  report: {
    part: ANY_NUMBER,
    report: BYTES,
    done: list(record<CountedWork>({ ended: ANY_NUMBER, dropped: ANY_NUMBER })),
    standing: STANDING,
  },
  samples: { part: ANY_NUMBER, number: ANY_NUMBER, batch: BYTES },
  log: { number: ANY_NUMBER, batch: LOG_BATCH },
  abort: { message: TEXT, place: TEXT },
  fail: { message: TEXT },
  'part lost': { part: TEXT, reason: TEXT, goesOn: FLAG },
  leaving: {},
  left: { standing: STANDING },
}

export const PINGS: Shapes<Ping> = { ping: { number: ANY_NUMBER } }
export const PONGS: Shapes<Pong> = {
  pong: { number: ANY_NUMBER, receivedAt: ANY_NUMBER, sentAt: ANY_NUMBER, standing: optional(STANDING) },
}
