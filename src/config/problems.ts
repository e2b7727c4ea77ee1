/**
 * The problems of a test's configuration, which are found before the test runs and reported together.
 *
 *   There were problems with the specified script configuration:
 *     - scenario login has configuration errors: the number of VUs must be more than 0, the duration is unspecified
 *         at   options.scenarios.login.vus = 0
 *         at   options.scenarios.login.duration
 *         hint …
 *
 * Errors  ConfigError (ERR_INVALID_CONFIG): exit 104, or 255 when all problems have that code
 */
import { SockeyeError } from '../base/errors.js'

const INVALID_CONFIG = 104

export interface ProblemPlace {
  /** `options.scenarios.login.vus`, `K6_VUS`. */
  readonly path: string
  /** The value received; undefined when there was none. */
  readonly value?: unknown
}

export interface ConfigProblem {
  /** In k6's words where k6 has them. */
  readonly message: string
  readonly places: readonly ProblemPlace[]
  readonly hint?: string
  /** 104 unless it says otherwise. */
  readonly exitCode?: number
}

export class ConfigError extends SockeyeError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const exitCodes = problems.map(({ exitCode = INVALID_CONFIG }) => exitCode)
    super({
      code: 'ERR_INVALID_CONFIG',
      message: `There were problems with the specified script configuration:\n${problems.map(formatProblem).join('\n')}`,
      exitCode: exitCodes.includes(INVALID_CONFIG) ? INVALID_CONFIG : (exitCodes[0] ?? INVALID_CONFIG),
    })
    this.problems = problems
  }
}

function formatProblem({ message, places, hint }: ConfigProblem): string {
  const where = places.map(
    ({ path, value }) => `\t    at   ${path}${value === undefined ? '' : ` = ${compact(value)}`}`,
  )
  return [`\t- ${message}`, ...where, ...(hint === undefined ? [] : [`\t    hint ${hint}`])].join('\n')
}

/** A value and its type, for messages: `"fast" (string)`, `[1,2] (array)`. */
export function shown(value: unknown): string {
  if (value === undefined) return 'undefined'
  return `${compact(value)} (${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value})`
}

const LONGEST = 100

function compact(value: unknown): string {
  const isPlain = typeof value === 'object' || typeof value === 'string'
  const text = isPlain ? JSON.stringify(value) : String(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
