/**
 * The scenarios of a test: read, checked, and in order of their start. The shortcuts (`vus`, `duration`, `iterations`, `stages`)
 * become one scenario named `default`.
 *
 *   iterations (± vus, ± duration)   shared-iterations; duration becomes maxDuration
 *   duration (± vus)                 constant-vus
 *   stages (± vus)                   ramping-vus from `vus`
 *   only vus                         shared-iterations, one for each VU; before `scenarios`, with a warning
 *   scenarios                        as given
 *   nothing                          per-vu-iterations, one VU, one iteration
 *
 * Errors  none are thrown: problems are collected
 * Source  docs/spec/runner.md §1.7, §3.1
 */
import { withKnownNames } from '../base/field-name.js'
import { nearest } from '../base/nearest.js'
import { EXECUTOR_TYPES, type ExecutorType, type Scenario } from '../plan/scenario.js'
import type { Findings } from './layers.js'
import type { OptionValues } from './option-table.js'
import { type ConfigProblem, shown } from './problems.js'
import { checkedScenario } from './scenario-checks.js'
import { type Complaint, readFields, type ScenarioFields } from './scenario-fields.js'

/** A scenario as the run uses it, and as the user wrote it. */
export interface ParsedScenario {
  readonly scenario: Scenario
  readonly fields: ScenarioFields
}

/** Scenarios as the user wrote them, or made of shortcuts. */
export interface RawScenarios {
  readonly byName: Readonly<Record<string, unknown>>
  readonly isShortcut: boolean
}

/** The scenarios that the options ask for, not yet read. */
export function rawScenarios(values: OptionValues, findings: Findings): RawScenarios {
  findings.problems.push(...conflictsOf(values))
  const { vus, duration, iterations, stages, scenarios } = values
  // This duration is a problem already; the scenario would have it a second time.
  if (duration !== undefined && duration <= 0) return ONE_ITERATION
  if (iterations !== undefined) {
    return shortcut({ executor: 'shared-iterations', vus, iterations, maxDuration: duration })
  }
  if (duration !== undefined) return shortcut({ executor: 'constant-vus', vus, duration })
  if (stages !== undefined && stages.length > 0) {
    return shortcut({ executor: 'ramping-vus', startVUs: vus, stages })
  }
  if (stages !== undefined) return noWorkload('stages', findings)
  if (vus !== undefined) {
    if (scenarios !== undefined && Object.keys(scenarios).length > 0) {
      findings.notices.push({ level: 'warning', message: `\`vus=${vus}\` overrides scenarios configuration` })
    }
    return shortcut({ executor: 'shared-iterations', vus, iterations: vus })
  }
  if (scenarios === undefined) return ONE_ITERATION
  return Object.keys(scenarios).length > 0
    ? { byName: scenarios, isShortcut: false }
    : noWorkload('scenarios', findings)
}

const ONE_ITERATION = shortcut({ executor: 'per-vu-iterations', vus: 1, iterations: 1 })

function shortcut(fields: Readonly<Record<string, unknown>>): RawScenarios {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { byName: { default: Object.fromEntries(set) }, isShortcut: true }
}

/** The shortcut that a field was made of, when it has another name. */
const SHORTCUT_OF: Readonly<Record<string, string>> = { startVUs: 'vus', maxDuration: 'duration' }

function noWorkload(option: string, { notices }: Findings): RawScenarios {
  const message = `\`${option}\` was explicitly set to an empty value, running the script with 1 iteration in 1 VU`
  notices.push({ level: 'warning', message })
  return ONE_ITERATION
}

function conflictsOf({ duration, iterations, stages = [], scenarios = {} }: OptionValues): ConfigProblem[] {
  const set: Record<string, unknown> = {}
  if (iterations !== undefined) set['iterations'] = iterations
  if (duration !== undefined) set['duration'] = duration
  if (stages.length > 0) set['stages'] = stages
  if (Object.keys(scenarios).length > 0) set['scenarios'] = scenarios
  const problems: ConfigProblem[] = CONFLICTS.filter(([a, b]) => a in set && b in set).map(([a, b]) => ({
    message: `using \`${a}\` and \`${b}\` options simultaneously is not allowed`,
    places: [{ path: `options.${a}` }, { path: `options.${b}` }],
    hint: b === 'scenarios' ? `move \`${a}\` into a scenario` : `leave out \`${a}\` or \`${b}\``,
  }))
  if (duration !== undefined && duration <= 0) {
    const message =
      '`duration` option should be more than 0, for infinite duration use the externally-controlled executor'
    problems.push({ message, places: [{ path: 'options.duration', value: duration }] })
  }
  return problems
}

const CONFLICTS = [
  ['iterations', 'stages'],
  ['iterations', 'scenarios'],
  ['duration', 'stages'],
  ['duration', 'scenarios'],
  ['stages', 'scenarios'],
] as const

/** Checks the executors and the forms of fields, which is all that k6 checks in the options of a script alone. */
export function checkScenarioForms(scenarios: Readonly<Record<string, unknown>>, findings: Findings): void {
  for (const [name, raw] of Object.entries(scenarios)) readScenario(name, raw, scenarioPath, findings)
}

const scenarioPath: PathOf = (name, field) =>
  ['options.scenarios', name, ...(field === undefined ? [] : [field])].join('.')

/** The exports of a script that has been loaded, see ConfigSources. */
interface ExecTargets {
  readonly exports?: readonly string[]
  readonly uncallable?: Readonly<Record<string, string>>
}

/** All scenarios that can be read, by start time, then by name. Their `exec` is checked when the exports of the script are known. */
export function parseScenarios(raw: RawScenarios, findings: Findings, script: ExecTargets = {}): ParsedScenario[] {
  const pathOf = (name: string, field?: string): string =>
    raw.isShortcut ? `options.${SHORTCUT_OF[field as string] ?? field}` : scenarioPath(name, field)
  const parsed = Object.entries(raw.byName).flatMap(
    ([name, value]) => parseScenario(name, value, pathOf, findings) ?? [],
  )
  for (const { scenario } of parsed) checkExec(scenario, script, findings)
  return parsed.sort(
    (a, b) => a.scenario.startTime - b.scenario.startTime || (a.scenario.name < b.scenario.name ? -1 : 1),
  )
}

type PathOf = (name: string, field?: string) => string

function parseScenario(name: string, raw: unknown, pathOf: PathOf, findings: Findings): ParsedScenario | undefined {
  let scenario: Scenario | undefined
  const fields = readScenario(name, raw, pathOf, findings, (read, complaints) => {
    scenario = checkedScenario(name, read, complaints)
  })
  if (fields === undefined || scenario === undefined) return undefined
  if (fields.options !== undefined && Object.keys(fields.options).length > 0) {
    const message = `scenario ${name}: \`options\` is for the browser module, which is not supported; it has no effect`
    findings.notices.push({ level: 'warning', message })
  }
  return { scenario, fields }
}

/** The fields of a scenario; undefined when it is no object or has no executor. `check` may add complaints. */
function readScenario(
  name: string,
  raw: unknown,
  pathOf: PathOf,
  findings: Findings,
  check: (fields: ScenarioFields, complaints: Complaint[]) => void = () => {},
): ScenarioFields | undefined {
  const path = pathOf(name)
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    findings.problems.push({ message: `${path} must be an object, got ${shown(raw)}`, places: [{ path, value: raw }] })
    return undefined
  }
  const given = withKnownNames(raw as Record<string, unknown>, ['executor'])
  const executor = executorOf(name, given, path, findings)
  if (executor === undefined) return undefined
  const complaints: Complaint[] = []
  const fields = readFields(executor, given, complaints)
  check(fields, complaints)
  if (complaints.length > 0) findings.problems.push(scenarioProblem(name, pathOf, given, complaints))
  return fields
}

function executorOf(
  name: string,
  { executor }: Record<string, unknown>,
  path: string,
  { problems }: Findings,
): ExecutorType | undefined {
  const known = EXECUTOR_TYPES.find((type) => type === executor)
  if (known !== undefined) return known
  const isMissing = executor === undefined || executor === null || executor === ''
  const guess = typeof executor === 'string' ? nearest(executor, EXECUTOR_TYPES) : undefined
  problems.push({
    message: isMissing
      ? `scenario '${name}' doesn't have a specified executor type`
      : `unknown executor type '${typeof executor === 'string' ? executor : JSON.stringify(executor)}'`,
    places: [{ path: `${path}.executor`, value: executor ?? undefined }],
    hint: guess === undefined ? `one of ${EXECUTOR_TYPES.join(', ')}` : `did you mean ${guess}?`,
  })
  return undefined
}

function scenarioProblem(
  name: string,
  pathOf: PathOf,
  raw: Readonly<Record<string, unknown>>,
  complaints: readonly Complaint[],
): ConfigProblem {
  const fields = [...new Set(complaints.flatMap(({ field }) => field ?? []))]
  const hints = [...new Set(complaints.flatMap(({ hint }) => hint ?? []))]
  return {
    message: `scenario ${name} has configuration errors: ${complaints.map(({ text }) => text).join(', ')}`,
    places:
      fields.length === 0
        ? [{ path: pathOf(name) }]
        : fields.map((field) => ({ path: pathOf(name, field), value: raw[field] })),
    hint: hints.length === 0 ? undefined : hints.join('\n\t         '),
  }
}

function checkExec({ name, exec }: Scenario, { exports, uncallable = {} }: ExecTargets, { problems }: Findings): void {
  if (exec === '' || exports === undefined) return
  const kind = Object.hasOwn(uncallable, exec) ? uncallable[exec] : undefined
  if (kind !== undefined) {
    problems.push({
      message: `executor ${name}: '${exec}' is ${kind}, and calling it would run nothing of it`,
      places: [{ path: `options.scenarios.${name}.exec`, value: exec }],
      hint: `export a function: export ${exec === 'default' ? 'default async function ()' : `async function ${exec}()`} { … }`,
    })
  }
  if (exports.includes(exec)) return
  const guess = nearest(exec, exports)
  problems.push({
    message: `executor ${name}: function '${exec}' not found in exports`,
    places: [{ path: `options.scenarios.${name}.exec`, value: exec }],
    hint: guess === undefined ? `the script exports ${exports.join(', ') || 'no function'}` : `did you mean ${guess}?`,
  })
}
