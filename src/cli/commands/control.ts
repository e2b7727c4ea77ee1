/**
 * `sockeye status`, `pause`, `resume`, `scale`, `stop` and `stats`: clients of the control API of a running test. They print its answer as YAML.
 *
 * Errors  ApiError (exit 255)
 * Source  docs/spec/runner.md §1.6, §1.8
 */
import { Command, InvalidArgumentError } from 'commander'
import { DEFAULT_ADDRESS } from '../../api/address.js'
import { ApiClient } from '../../api/client.js'
import type { StatusAttributes } from '../../api/controlled-run.js'
import { SockeyeError } from '../../base/errors.js'
import { lookUp } from '../../config/layers.js'
import { type Print, toStdout, yamlText } from '../command-parts.js'

export interface ControlCommandParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly print: Print
}

interface AddressFlag {
  readonly address: string
  readonly apiToken?: string
}

interface ScaleFlags extends AddressFlag {
  readonly vus?: number
  readonly max?: number
  readonly scenario?: string
}

export function controlCommands(parts: ControlCommandParts = PROCESS): Command[] {
  const onStatus = (
    name: string,
    description: string,
    ask: (client: ApiClient) => Promise<StatusAttributes>,
  ): Command =>
    controlCommand(name, description, parts).action(async ({ address, apiToken }: AddressFlag) => {
      parts.print(yamlText(await ask(new ApiClient(address, apiToken))))
    })
  return [
    onStatus('status', 'show how far a running test is', (client) => client.status()),
    onStatus('pause', 'pause a running test (externally-controlled scenarios only)', (client) =>
      client.change({ paused: true }),
    ),
    onStatus('resume', 'start a test that waits since --paused, or resume a paused one', (client) =>
      client.change({ paused: false }),
    ),
    scaleCommand(parts),
    onStatus('stop', 'stop a running test: teardown and summary follow', (client) => client.change({ stopped: true })),
    statsCommand(parts),
  ]
}

function controlCommand(name: string, description: string, { env }: ControlCommandParts): Command {
  const address = lookUp(env, 'ADDRESS')?.text ?? DEFAULT_ADDRESS
  const token = lookUp(env, 'API_TOKEN')?.text
  return new Command(name)
    .description(description)
    .option('-a, --address <host:port>', 'where the test serves its control API (or K6_ADDRESS)', address)
    .option('--api-token <token>', 'what the test was given as --api-token (or SOCKEYE_API_TOKEN)', token)
}

function scaleCommand(parts: ControlCommandParts): Command {
  return controlCommand('scale', 'change the number of virtual users of an externally-controlled scenario', parts)
    .option('-u, --vus <n>', 'virtual users that loop', parseCount)
    .option('-m, --max <n>', 'the most there may be', parseCount)
    .option('--scenario <name>', 'which scenario, when several are externally controlled')
    .action(async ({ address, apiToken, vus, max, scenario }: ScaleFlags) => {
      if (vus === undefined && max === undefined) throw nothingToScale()
      const status = await new ApiClient(address, apiToken).change({ vus, 'vus-max': max, scenario })
      parts.print(yamlText(status))
    })
}

function statsCommand(parts: ControlCommandParts): Command {
  return controlCommand('stats', 'show what a running test has measured so far', parts).action(
    async ({ address, apiToken }: AddressFlag) => {
      const metrics = await new ApiClient(address, apiToken).metrics()
      parts.print(yamlText(metrics.map(({ id, attributes }) => ({ name: id, ...attributes }))))
    },
  )
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('give a whole number, 0 or above')
}

function nothingToScale(): SockeyeError {
  return new SockeyeError({
    code: 'ERR_ARGUMENTS',
    message: 'Specify either -u/--vus or -m/--max',
    hint: 'for example: sockeye scale --vus 20 --max 50',
    exitCode: 255,
  })
}

const PROCESS: ControlCommandParts = { env: process.env, print: toStdout }
