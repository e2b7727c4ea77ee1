/**
 * Makes outputs of what `--out` says: `type` or `type=argument`, where the type is one of ours, a package or a file.
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT with k6's text for an unknown type
 * Source  docs/spec/runner.md 4.10, docs/spec/metrics-and-modules.md 5
 */
import { CsvOutput } from './csv/csv-output.js'
import { invalidOutput } from './errors.js'
import { JsonOutput } from './json/json-output.js'
import type { Output, OutputContext, OutputFactory } from './output.js'

const prometheus: OutputFactory = async (argument, context) => {
  const { PrometheusOutput } = await import('./prometheus/prometheus-output.js')
  return new PrometheusOutput(argument, context)
}

const openTelemetry: OutputFactory = async (argument, context) => {
  const { OpenTelemetryOutput } = await import('./opentelemetry/opentelemetry-output.js')
  return new OpenTelemetryOutput(argument, context)
}

const influx: OutputFactory = async (argument, context) => {
  const { InfluxOutput } = await import('./influxdb/influxdb-output.js')
  return new InfluxOutput(argument, context)
}

const statsd =
  (type: 'statsd' | 'datadog'): OutputFactory =>
  async (argument, context) => {
    const { StatsdOutput } = await import('./statsd/statsd-output.js')
    return new StatsdOutput(type, argument, context)
  }

/** The outputs that few runs use are loaded when they are asked for. */
const FACTORIES: Readonly<Record<string, OutputFactory>> = {
  aggregates: async (argument, context) => {
    const { AggregatesOutput } = await import('./aggregates/aggregates-output.js')
    return new AggregatesOutput(argument, context)
  },
  csv: (argument, context) => new CsvOutput(argument, context),
  datadog: statsd('datadog'),
  'experimental-opentelemetry': (argument, context) => {
    context.log.warning(
      'OpenTelemetry output has been graduated as a stable output.You can now use just "opentelemetry" instead of ' +
        '"experimental-opentelemetry". The experimental version will be removed in future versions.',
    )
    return openTelemetry(argument, context)
  },
  'experimental-prometheus-rw': prometheus,
  github: async (argument, context) => {
    const { GithubOutput } = await import('./github/github-output.js')
    return new GithubOutput(argument, context)
  },
  influxdb: influx,
  json: (argument, context) => new JsonOutput(argument, context),
  junit: async (argument, context) => {
    const { JunitOutput } = await import('./junit/junit-output.js')
    return new JunitOutput(argument, context)
  },
  opentelemetry: openTelemetry,
  'output-statsd': statsd('statsd'),
  prometheus,
  statsd: statsd('statsd'),
  'xk6-influxdb': influx,
}

/** Other names of outputs above; lists of the available types leave them out. */
const ALIASES: readonly string[] = ['output-statsd', 'xk6-influxdb']

/** @param others outputs that are made elsewhere */
export async function createOutput(
  text: string,
  context: OutputContext,
  others: Readonly<Record<string, OutputFactory>> = {},
): Promise<Output> {
  const factories = { ...FACTORIES, ...others }
  const cut = text.indexOf('=')
  const type = cut === -1 ? text : text.slice(0, cut)
  const argument = cut === -1 ? '' : text.slice(cut + 1)
  const factory = Object.hasOwn(factories, type) ? factories[type] : undefined
  if (factory !== undefined) return factory(argument, context)
  const names = Object.keys(factories)
    .filter((name) => !ALIASES.includes(name))
    .sort()
  const available = `available types are: ${names.join(', ')}`
  if (type === 'cloud') throw invalidOutput('the cloud output is not supported', available)
  const { createExtension } = await import('./extension.js')
  const extension = type === '' ? undefined : await createExtension(type, argument, context)
  if (extension !== undefined) return extension
  if (type === 'kafka') {
    throw invalidOutput(
      'the kafka output was deprecated in k6 and removed, please use an output module from npm',
      available,
    )
  }
  throw invalidOutput(
    `invalid output type '${type}', ${available}`,
    'packages from npm are outputs, too: --out ./my-output.js or a package name, see docs/extensions.md',
  )
}
