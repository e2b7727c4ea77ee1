/**
 * Options as k6 prints them: for `inspect`, and as the object that scripts see in `exec.test.options`.
 *
 * Shape   every option in a fixed order, null when it is not set; durations as texts; maps with their keys in order
 * Source  docs/spec/runner.md §1.4, §2
 */
import { formatDuration, parseDuration } from '../base/duration.js'
import { withKnownNames } from '../base/field-name.js'
import { LIMIT_OPTIONS } from '../net/limits.js'
import type { ExecutorType } from '../plan/scenario.js'
import { type Form, sortKeys } from './form.js'
import { OPTION_NAMES, OPTIONS, type OptionName, type OptionValues } from './option-table.js'
import type { TestPlan } from './plan.js'
import { COMMON_FIELDS, EXECUTOR_FIELDS, type FieldForms, readFields, type ScenarioFields } from './scenario-fields.js'

type Printed = Record<string, unknown>

/** Options that k6 does not have, and `cloud`: k6 prints all others always. */
const PRINTED_WHEN_SET: readonly OptionName[] = [
  'cloud',
  ...LIMIT_OPTIONS,
  'keepConnections',
  'browserPackages',
  'sharedPackages',
]

const KEYS: readonly string[] = ['key', 'password']
const LEFT_OUT = '(left out)'

const NEVER_PRINTED: readonly OptionName[] = ['consoleOutput', 'localIPs']

/** The options that a script exports, and nothing else. */
export function inspectOptions(values: OptionValues): Printed {
  return optionsObject(values, printRawScenarios(values.scenarios))
}

/** Whether client certificates come with their private keys. */
export function hasKeys({ tlsAuth }: OptionValues): boolean {
  return (tlsAuth ?? []).some((entry) => KEYS.some((name) => (entry as Printed | null)?.[name] !== undefined))
}

/** Hides private keys, for what people and logs see. */
export function withoutKeys(printed: Printed): Printed {
  const { tlsAuth } = printed
  if (!Array.isArray(tlsAuth)) return printed
  const hidden = tlsAuth.map((entry: unknown) =>
    typeof entry !== 'object' || entry === null
      ? entry
      : Object.fromEntries(
          Object.entries(entry).map(([name, value]) => [name, KEYS.includes(name) ? LEFT_OUT : value]),
        ),
  )
  return { ...printed, tlsAuth: hidden }
}

/** `--execution-requirements`: the consolidated options, with what the test needs. */
export function inspectPlan(plan: TestPlan): Printed {
  const { duration, maxVUs } = plan.totals
  const totalDuration = Number.isFinite(duration) ? formatDuration(duration) : 'infinite'
  return { ...optionsObject(plan.values, printScenarios(plan.scenarioFields)), totalDuration, maxVUs }
}

/** The object `exec.test.options`. It has no shortcuts such as `vus`, which have become scenarios. */
export function scriptOptions(plan: TestPlan): Printed {
  const printed = optionsObject(plan.values, printScenarios(plan.scenarioFields))
  for (const shortcut of ['vus', 'iterations', 'duration', 'stages']) delete printed[shortcut]
  for (const name of NEVER_PRINTED) printed[name] = plan.values[name] ?? null
  return printed
}

/** Options with another value than in the script's own object, because of flags, variables or the configuration file. */
export function optionOverrides(plan: TestPlan): Printed {
  const printed = optionsObject(plan.values, printRawScenarios(plan.values.scenarios))
  for (const name of NEVER_PRINTED) printed[name] = plan.values[name] ?? null
  return Object.fromEntries(plan.overridden.map((name) => [name, printed[name]]))
}

/** Indented by two, without a newline at the end, escaped as Go does for HTML. */
export function inspectText(printed: Printed): string {
  return JSON.stringify(printed, null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function optionsObject(values: OptionValues, scenarios: Printed | null): Printed {
  const printed: Printed = {}
  for (const name of OPTION_NAMES) {
    if (NEVER_PRINTED.includes(name)) continue
    if (PRINTED_WHEN_SET.includes(name) && values[name] === undefined) continue
    printed[name] = printValue(values[name], OPTIONS[name].form as unknown as Form<unknown>)
  }
  const { ttl = null, select = null, policy = null } = values.dns ?? {}
  return { ...printed, scenarios, dns: { ttl, select, policy }, thresholds: printThresholds(values.thresholds) }
}

function printValue(value: unknown, form: Form<unknown>): unknown {
  if (value === undefined) return null
  return form.print === undefined ? value : form.print(value)
}

function printScenarios(scenarios: Readonly<Record<string, ScenarioFields>>): Printed {
  return sortKeys(Object.fromEntries(Object.entries(scenarios).map(([name, fields]) => [name, printScenario(fields)])))
}

/** A script's scenarios before their values were checked. */
function printRawScenarios(scenarios: OptionValues['scenarios']): Printed | null {
  if (scenarios === undefined) return null
  const printed = Object.entries(scenarios).map(([name, raw]) => {
    const fields = withKnownNames(raw as Readonly<Record<string, unknown>>, ['executor'])
    return [name, printScenario(readFields(fields['executor'] as ExecutorType, fields, []))]
  })
  return sortKeys(Object.fromEntries(printed))
}

function printScenario(fields: ScenarioFields): Printed {
  const forms: FieldForms = { ...COMMON_FIELDS, ...EXECUTOR_FIELDS[fields.executor as ExecutorType] }
  const printed = Object.entries(forms).map(([field, form]) => [
    field,
    printValue(fields[field as keyof ScenarioFields], form as unknown as Form<unknown>),
  ])
  return Object.fromEntries(printed.filter(([field, value]) => field !== 'options' || value !== null))
}

/** A threshold is printed as its text, unless it aborts the test. */
function printThresholds(thresholds: OptionValues['thresholds']): Printed | null {
  if (thresholds === undefined) return null
  const printed = Object.entries(thresholds).map(([metric, entries]) => [
    metric,
    Array.isArray(entries) ? entries.map(printThreshold) : entries,
  ])
  return sortKeys(Object.fromEntries(printed))
}

function printThreshold(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  const { threshold, abortOnFail, delayAbortEval } = entry as Record<string, unknown>
  const delay = parseDuration(delayAbortEval)
  if (abortOnFail !== true) return threshold
  return { threshold, abortOnFail, delayAbortEval: delay === undefined ? null : formatDuration(delay) }
}
