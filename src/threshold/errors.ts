/**
 * What can be wrong with a threshold. The texts are k6's (docs/spec/metrics-and-modules.md 2.3, spelling as there); all of them
 * end the run with exit code 104.
 */
import { SockeyeError } from '../base/errors.js'

const INVALID_CONFIG = 104

export function thresholdError(message: string, hint?: string): SockeyeError {
  return new SockeyeError({ message, code: 'ERR_INVALID_THRESHOLD', exitCode: INVALID_CONFIG, hint })
}

export function malformedExpression(source: string): SockeyeError {
  return thresholdError(
    `failed parsing threshold expression "${source}"; reason: malformed threshold expression`,
    "write an aggregation, one of < <= > >= == != and a number, for example 'p(95)<200'; one expression each",
  )
}

export function badLeftSide(source: string, reason: string): SockeyeError {
  return thresholdError(
    `failed parsing threshold expression's "${source}" left hand side; reason: ${reason}`,
    'aggregations are count, rate, value, avg, min, max, med and p(N)',
  )
}

export function badRightSide(source: string, reason: string): SockeyeError {
  return thresholdError(
    `failed parsing threshold expresion's "${source}" right hand side; reason: ${reason}`,
    "write a number without a unit: times are in milliseconds, rates between 0 and 1, for example 'rate>0.99'",
  )
}

export function badSelector(reason: string): SockeyeError {
  return thresholdError(
    `unable to validate threshold expressions; reason: parsing metric name failed, metric ${reason}`,
    "select by tags like this: 'my_metric{tag:value,other:value}'",
  )
}

export function emptySelector(metric: string): SockeyeError {
  return thresholdError(`submetric criteria for metric '${metric}' cannot be empty`)
}

/** `guess`: the metric that may have been meant. */
export function unknownMetric(name: string, guess?: string): SockeyeError {
  return thresholdError(
    `invalid threshold defined on ${name}; reason: no metric name "${name}" found`,
    guess === undefined ? undefined : `did you mean ${guess}?`,
  )
}

/** Adds the place in the options: the message of an expression does not name its metric. */
export function ofMetric(error: SockeyeError, name: string): SockeyeError {
  const place = /^[a-zA-Z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
  return thresholdError(`${error.message}\n\t    at   options.thresholds${place}`, error.hint)
}

/** One error for all problems, each with its own hint. */
export function combined(errors: readonly SockeyeError[]): SockeyeError {
  const first = errors[0] as SockeyeError
  if (errors.length === 1) return first
  const texts = errors.map(({ message, hint }) => (hint === undefined ? message : `${message}\n\t    hint ${hint}`))
  return thresholdError(texts.join('\n'))
}
