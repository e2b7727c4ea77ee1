/**
 * Makes outputs of what `--out` says: `type` or `type=argument`.
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT with k6's text for an unknown type
 * Source  docs/spec/runner.md 4.10, docs/spec/metrics-and-modules.md 5
 */
import { CsvOutput } from './csv/csv-output.js'
import { invalidOutput } from './errors.js'
import { JsonOutput } from './json/json-output.js'
import type { Output, OutputContext, OutputFactory } from './output.js'

const FACTORIES: Readonly<Record<string, OutputFactory>> = {
  csv: (argument, context) => new CsvOutput(argument, context),
  json: (argument, context) => new JsonOutput(argument, context),
}

/** Outputs that k6 once had. */
const REMOVED: readonly string[] = ['kafka', 'datadog', 'statsd']

export async function createOutput(text: string, context: OutputContext): Promise<Output> {
  const cut = text.indexOf('=')
  const type = cut === -1 ? text : text.slice(0, cut)
  const argument = cut === -1 ? '' : text.slice(cut + 1)
  const factory = Object.hasOwn(FACTORIES, type) ? FACTORIES[type] : undefined
  if (factory !== undefined) return factory(argument, context)
  const available = Object.keys(FACTORIES).sort().join(', ')
  if (REMOVED.includes(type)) {
    throw invalidOutput(
      `the ${type} output was removed from k6 in favour of the extension xk6-output-${type}, which cannot be loaded here`,
      `available types are: ${available}`,
    )
  }
  if (type === 'cloud') throw invalidOutput('the cloud output is not supported', `available types are: ${available}`)
  throw invalidOutput(`invalid output type '${type}', available types are: ${available}`)
}
