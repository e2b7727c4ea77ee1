/**
 * The output `github`: failed thresholds and checks as annotations of a GitHub Actions job, and its job summary. Elsewhere it does nothing, so
 * that a developer can use the same commands on another machine.
 *
 * Source  docs/spec/outputs.md §6.2 (CI-01)
 */
import { appendFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { observedText, valueTexts } from '../outcome-text.js'
import type { Delivery, Output, OutputContext } from '../output.js'
import type { RunResult } from '../run-result.js'

/** GitHub shows ten errors of a step. */
const MOST_ANNOTATIONS = 10
/** GitHub refuses a summary of more than a megabyte as a whole. */
const LARGEST_SUMMARY = 1_000_000
const MOST_ROWS = 200

export class GithubOutput implements Output {
  readonly description: string
  readonly #isActive: boolean
  readonly #summaryFile: string | undefined
  readonly #outputFile: string | undefined
  readonly #stdout: Writable
  #result: RunResult | undefined
  #failure: string | undefined

  constructor(_argument: string, { env, stdout }: OutputContext) {
    this.#isActive = env['GITHUB_ACTIONS'] === 'true'
    this.#summaryFile = env['GITHUB_STEP_SUMMARY']
    this.#outputFile = env['GITHUB_OUTPUT']
    this.#stdout = stdout
    this.description = this.#isActive ? 'github' : 'github (not under GitHub Actions, nothing to do)'
  }

  start(): void {}

  onEnd(result: RunResult): void {
    this.#result = result
  }

  async stop(): Promise<void> {
    const result = this.#result
    if (!this.#isActive || result === undefined) return
    this.#stdout.write(annotations(result))
    try {
      if (this.#summaryFile) await appendFile(this.#summaryFile, jobSummary(result))
      if (this.#outputFile)
        await appendFile(this.#outputFile, `verdict=${result.verdict}\nexit-code=${result.exitCode}\n`)
    } catch (error) {
      this.#failure = (error as Error).message
    }
  }

  delivery(): Delivery {
    const failure = this.#failure
    return {
      unit: 'reports',
      delivered: 1,
      lost: failure === undefined ? 0 : 1,
      isFatal: false,
      ...(failure !== undefined && { lastError: failure }),
    }
  }
}

/** Commands of GitHub Actions, one per line, the worst first. */
export function annotations({ thresholds, checks, metrics, verdict, reason }: RunResult): string {
  const failed = [
    ...(verdict === 'aborted'
      ? [{ title: 'The run was stopped', message: reason ?? 'it did not come to its end' }]
      : []),
    ...thresholds
      .filter(({ ok }) => !ok)
      .map((threshold) => ({
        title: 'Threshold failed',
        message: `${threshold.metric}: ${threshold.source}, observed ${observedText(threshold, metrics)}`,
      })),
    ...checks
      .filter(({ fails }) => fails > 0)
      .sort((a, b) => b.fails - a.fails)
      .map(({ name, passes, fails }) => ({
        title: 'Check failed',
        message: `${name}: failed ${fails} of ${passes + fails} times`,
      })),
  ]
  const shown = failed.length <= MOST_ANNOTATIONS ? failed : failed.slice(0, MOST_ANNOTATIONS - 1)
  const rest = failed.length - shown.length
  const all = rest === 0 ? shown : [...shown, { title: 'More failures', message: `and ${rest} more` }]
  return all.map(({ title, message }) => `::error title=${property(title)}::${escaped(message)}\n`).join('')
}

/** The summary of a run in GitHub's Markdown. */
export function jobSummary({ verdict, script, durationMs, thresholds, checks, metrics, reason }: RunResult): string {
  const mark = verdict === 'passed' ? '✅' : '❌'
  const lines = [
    `## ${mark} ${code(script)}: ${verdict}`,
    '',
    `${(durationMs / 1000).toFixed(1)} s${reason === undefined ? '' : `, ${text(reason)}`}`,
    '',
    ...table(
      ['', 'threshold', 'observed'],
      thresholds.map((threshold) => [
        threshold.ok ? '✅' : '❌',
        code(`${threshold.metric}: ${threshold.source}`),
        observedText(threshold, metrics),
      ]),
    ),
    ...table(
      ['', 'check', 'passed', 'failed'],
      checks.map(({ name, passes, fails }) => [fails === 0 ? '✅' : '❌', text(name), String(passes), String(fails)]),
    ),
    ...table(
      ['metric', 'values'],
      metrics.map((metric) => [
        code(metric.name),
        valueTexts(metric)
          .map((pair) => pair.join('='))
          .join(', '),
      ]),
    ),
  ]
  return `${lines.join('\n').slice(0, LARGEST_SUMMARY)}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const more = rows.length > MOST_ROWS ? [`and ${rows.length - MOST_ROWS} more`, ''] : []
  return [line(head), line(head.map(() => '---')), ...rows.slice(0, MOST_ROWS).map(line), '', ...more]
}

/** A text of a script or a target, in which nothing is read as markup. */
function text(value: string): string {
  return value
    .replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\r\n]+/g, ' ')
}

function code(value: string): string {
  return `<code>${text(value)}</code>`
}

function escaped(message: string): string {
  return message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(value: string): string {
  return escaped(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
