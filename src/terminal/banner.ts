/**
 * The text that a run prints before it starts: the logo, what will run, and where results go.
 *
 *        execution: local
 *           script: script.ts
 *           output: json (out.json)
 *
 *        scenarios: (100.00%) 1 scenario, 3 max VUs, 35s max duration (incl. graceful stop):
 *                 * default: 3 looping VUs for 5s (gracefulStop: 30s)
 *
 * Units   milliseconds; `segment` is the share of the whole test that this process runs, 0 … 1
 */
import type { Colors } from 'picocolors/types.js'
import { formatDuration } from '../base/duration.js'
import { wrapped } from '../summary/words.js'

const LOGO = [
  "         __..--''''--.._",
  "  |\\_.-''               o`-._",
  '  | _    s o c k e y e      _>',
  "  |/ `-..__          __..-''",
  "           ``''----''",
]

interface BannerScenario {
  readonly name: string
  /** As its executor words it: "3 looping VUs for 5s (gracefulStop: 30s)". */
  readonly description: string
  readonly startTimeMs: number
}

export interface BannerFacts {
  readonly execution: string
  readonly script: string
  readonly dashboardUrl?: string
  /** Descriptions of the outputs; none is fine. */
  readonly outputs: readonly string[]
  readonly profilingUrl?: string
  readonly segment: number
  readonly maxVus: number
  readonly maxDurationMs: number
  readonly scenarios: readonly BannerScenario[]
}

export function renderLogo(colors: Colors): string {
  return `\n${LOGO.map((line) => colors.yellow(line)).join('\n')}\n\n`
}

/** `width` is that of the terminal. Without it lines are not broken. */
export function renderBanner(facts: BannerFacts, colors: Colors, width = Number.POSITIVE_INFINITY): string {
  const line = (label: string, value: string) => `${label.padStart(14)}: ${colors.cyan(value)}`
  const lines = [line('execution', facts.execution), line('script', facts.script)]
  if (facts.dashboardUrl !== undefined) lines.push(line('web dashboard', facts.dashboardUrl))
  lines.push(line('output', facts.outputs.length === 0 ? '-' : facts.outputs.join(', ')))
  if (facts.profilingUrl !== undefined) lines.push(line('profiling', facts.profilingUrl))
  lines.push('', `${line('scenarios', totals(facts))}:`)
  const margin = ' '.repeat(16)
  for (const { name, description } of inOrder(facts.scenarios)) {
    const [first = '', ...rest] = wrapped(`${margin}${name}: ${description}`, width)
    lines.push(`${margin.slice(2)}* ${first.slice(margin.length)}`, ...rest)
  }
  return `${renderLogo(colors)}${lines.join('\n')}\n\n`
}

function totals(facts: BannerFacts): string {
  const count = facts.scenarios.length
  const scenarios = count === 1 ? '1 scenario' : `${count} scenarios`
  const duration = Number.isFinite(facts.maxDurationMs)
    ? `${formatDuration(facts.maxDurationMs)} max duration (incl. graceful stop)`
    : 'infinite duration'
  return `(${(facts.segment * 100).toFixed(2)}%) ${scenarios}, ${facts.maxVus} max VUs, ${duration}`
}

/** By start time, then by name. */
function inOrder(scenarios: readonly BannerScenario[]): BannerScenario[] {
  return [...scenarios].sort(
    (a, b) => a.startTimeMs - b.startTimeMs || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}
