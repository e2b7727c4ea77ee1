/**
 * The output `junit`: thresholds and checks as test cases of a JUnit XML file, which CI servers show.
 *
 *   -o junit=results.xml         (junit.xml without a name)
 *
 * Source  docs/spec/outputs.md §6.3 (CI-02): what Jenkins' schema and GitLab both take
 */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { writeInFolder } from '../../base/write-in-folder.js'
import { observedText } from '../outcome-text.js'
import type { Delivery, Output, OutputContext } from '../output.js'
import type { CheckOutcome, MetricOutcome, RunResult, ThresholdOutcome } from '../run-result.js'
import { writablePath } from '../written-file.js'

interface Case {
  readonly classname: string
  readonly name: string
  readonly failure?: { readonly message: string; readonly text: string }
}

export class JunitOutput implements Output {
  readonly description: string
  readonly file: string
  readonly #path: string
  readonly #workingDirectory: string
  #fullPath = ''
  #result: RunResult | undefined
  #failure: string | undefined

  constructor(argument: string, { workingDirectory }: OutputContext) {
    this.#path = argument === '' ? 'junit.xml' : argument
    this.#workingDirectory = workingDirectory
    this.file = resolve(workingDirectory, this.#path)
    this.description = `junit (${this.#path})`
  }

  async start(): Promise<void> {
    this.#fullPath = await writablePath(this.#path, this.#workingDirectory)
  }

  onEnd(result: RunResult): void {
    this.#result = result
  }

  async stop(): Promise<void> {
    if (this.#result === undefined) return
    try {
      await writeInFolder(this.#fullPath, junitXml(this.#result))
    } catch (error) {
      this.#failure = (error as Error).message
    }
  }

  delivery(): Delivery {
    if (this.#failure === undefined) return { unit: 'files', delivered: 1, lost: 0, isFatal: false }
    return { unit: 'files', delivered: 0, lost: 1, lastError: this.#failure, isFatal: true }
  }
}

export function junitXml(result: RunResult): string {
  const suites: [name: string, cases: readonly Case[]][] = [
    ['thresholds', distinct(result.thresholds.map((threshold) => thresholdCase(threshold, result.metrics)))],
    ['checks', distinct(result.checks.map(checkCase))],
    ...(result.verdict === 'aborted' ? [['run', [runCase(result)]] as [string, Case[]]] : []),
  ]
  const attributes = counts(
    'sockeye',
    suites.flatMap(([, cases]) => cases),
    result,
  )
  const body = suites.map(([name, cases]) => suite(name, cases, result)).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${body}</testsuites>\n`
}

function suite(name: string, cases: readonly Case[], result: RunResult): string {
  const started = new Date(result.startedAt).toISOString().slice(0, 19)
  const head = `${counts(name, cases, result)} skipped="0" timestamp="${started}" hostname="${escaped(hostname())}"`
  const properties = `    <properties><property name="script" value="${escaped(result.script)}"/></properties>\n`
  return `  <testsuite ${head}>\n${properties}${cases.map(caseXml).join('')}  </testsuite>\n`
}

function counts(name: string, cases: readonly Case[], { durationMs }: RunResult): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const time = (durationMs / 1000).toFixed(3)
  return `name="${name}" tests="${cases.length}" failures="${failures}" errors="0" time="${time}"`
}

function caseXml({ classname, name, failure }: Case): string {
  const head = `    <testcase classname="${escaped(classname)}" name="${escaped(name)}" time="0"`
  if (failure === undefined) return `${head}/>\n`
  return `${head}>\n      <failure message="${escaped(failure.message)}" type="failed">${escaped(failure.text)}</failure>\n    </testcase>\n`
}

function thresholdCase(threshold: ThresholdOutcome, metrics: readonly MetricOutcome[]): Case {
  const { metric, source, ok, value, limit } = threshold
  const name = `${metric}: ${source}`
  const classname = `sockeye.thresholds.${metric.replace(/\{.*/, '')}`
  if (ok) return { classname, name }
  const observed =
    value === null ? 'nothing was measured' : `observed ${observedText(threshold, metrics)}, limit ${limit}`
  return {
    classname,
    name,
    failure: { message: observed, text: `threshold ${source} on ${metric} failed: ${observed}` },
  }
}

function checkCase({ name, group, passes, fails }: CheckOutcome): Case {
  const path = group.split('::').filter((part) => part !== '')
  const classname = ['sockeye.checks', ...path.map((part) => part.replaceAll('.', '_'))].join('.')
  if (fails === 0) return { classname, name }
  const message = `failed ${fails} of ${passes + fails} times`
  return {
    classname,
    name,
    failure: { message, text: `check "${name}"${group === '' ? '' : ` in ${group}`} ${message}` },
  }
}

function runCase({ exitCode, reason = 'the run was stopped' }: RunResult): Case {
  return {
    classname: 'sockeye.run',
    name: 'the run came to its end',
    failure: { message: reason, text: `${reason} (exit code ${exitCode})` },
  }
}

/** Cases with names of their own: GitLab shows only the first of two with the same name. */
function distinct(cases: readonly Case[]): Case[] {
  const seen = new Map<string, number>()
  return cases.map((each) => {
    const key = `${each.classname}\0${each.name}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? each : { ...each, name: `${each.name} (${count})` }
  })
}

/** Without most control characters, which XML 1.0 has no way to write. */
function escaped(text: string): string {
  return (
    text
      // Halves of surrogate pairs are replaced: XML cannot hold them.
      .replace(/\p{Surrogate}/gu, '\ufffd')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  )
}
