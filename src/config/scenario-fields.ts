/**
 * The fields of scenarios: which executor has which, and their forms. A scenario is read into these before it gets its defaults.
 *
 * Errors  none are thrown: complaints are collected
 * Source  docs/spec/runner.md §3.1 to §3.9
 */
import { withKnownNames } from '../base/field-name.js'
import { nearest } from '../base/nearest.js'
import { EXECUTOR_TYPES, type ExecutorType } from '../plan/scenario.js'
import { DURATION, type Form, FormError, INTEGER, OBJECT, type RawStage, STAGES, STRING, STRING_MAP } from './form.js'

/** The fields that the user has set. Durations in ms. */
export interface ScenarioFields {
  executor: ExecutorType
  startTime?: number
  gracefulStop?: number
  exec?: string
  env?: Readonly<Record<string, string>>
  tags?: Readonly<Record<string, string>>
  options?: Readonly<Record<string, unknown>>
  vus?: number
  iterations?: number
  maxDuration?: number
  duration?: number
  startVUs?: number
  startRate?: number
  stages?: readonly RawStage[]
  gracefulRampDown?: number
  rate?: number
  timeUnit?: number
  preAllocatedVUs?: number
  maxVUs?: number
}

type FieldName = keyof ScenarioFields
export type FieldForms = Readonly<Record<string, Form<never>>>

function fields(forms: Partial<Record<FieldName, Form<never>>>): FieldForms {
  return forms as FieldForms
}

const integer = INTEGER as unknown as Form<never>
const duration = DURATION as unknown as Form<never>
const text = STRING as unknown as Form<never>
const strings = STRING_MAP as unknown as Form<never>
const stages = STAGES as unknown as Form<never>

/** In the order in which `inspect` prints them. */
export const COMMON_FIELDS = fields({
  executor: text,
  startTime: duration,
  gracefulStop: duration,
  env: strings,
  exec: text,
  tags: strings,
  options: OBJECT as unknown as Form<never>,
})

const ITERATIONS = fields({ vus: integer, iterations: integer, maxDuration: duration })
const ARRIVAL_VUS = { preAllocatedVUs: integer, maxVUs: integer }

export const EXECUTOR_FIELDS: Readonly<Record<ExecutorType, FieldForms>> = {
  'shared-iterations': ITERATIONS,
  'per-vu-iterations': ITERATIONS,
  'constant-vus': fields({ vus: integer, duration }),
  'ramping-vus': fields({ startVUs: integer, stages, gracefulRampDown: duration }),
  'constant-arrival-rate': fields({ rate: integer, timeUnit: duration, duration, ...ARRIVAL_VUS }),
  'ramping-arrival-rate': fields({ startRate: integer, timeUnit: duration, stages, ...ARRIVAL_VUS }),
  'externally-controlled': fields({ vus: integer, duration, maxVUs: integer }),
}

/** Whether scenarios of any kind have such a field. */
export function isScenarioField(name: string): boolean {
  return [COMMON_FIELDS, ...Object.values(EXECUTOR_FIELDS)].some((forms) => Object.hasOwn(forms, name))
}

/** Something wrong with one scenario. */
export interface Complaint {
  readonly text: string
  readonly field?: string
  readonly hint?: string
}

/** Reads the fields of a scenario. Complains about wrong values, and about fields that the executor does not have. */
export function readFields(
  executor: ExecutorType,
  raw: Readonly<Record<string, unknown>>,
  complaints: Complaint[],
): ScenarioFields {
  const forms: FieldForms = { ...COMMON_FIELDS, ...EXECUTOR_FIELDS[executor] }
  const values: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(withKnownNames(raw, Object.keys(forms)))) {
    const form = Object.hasOwn(forms, field) ? (forms[field] as Form<unknown>) : undefined
    if (form === undefined) complaints.push(unknownField(field, executor, Object.keys(forms)))
    else if (value !== null && value !== undefined) readField(field, value, form, values, complaints)
  }
  return { ...values, executor }
}

function readField(
  field: string,
  value: unknown,
  form: Form<unknown>,
  values: Record<string, unknown>,
  complaints: Complaint[],
): void {
  try {
    values[field] = form.read(value)
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    const separator = error.message.startsWith('must be') ? ' ' : ': '
    complaints.push({ text: `${field}${separator}${error.message}`, field, hint: error.hint })
  }
}

function unknownField(field: string, executor: ExecutorType, known: readonly string[]): Complaint {
  const guess = nearest(field, known)
  const others = EXECUTOR_TYPES.filter((type) => Object.hasOwn(EXECUTOR_FIELDS[type], field))
  const hint =
    others.length > 0
      ? `${field} belongs to ${others.join(', ')}; ${executor} knows ${Object.keys(EXECUTOR_FIELDS[executor]).join(', ')}`
      : guess !== undefined
        ? `did you mean ${guess}?`
        : `${executor} knows ${known.join(', ')}`
  return { text: `json: unknown field "${field}"`, field, hint }
}
