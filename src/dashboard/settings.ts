/**
 * The settings of the dashboard, with k6's names.
 *
 *   --out dashboard=port=0&period=2s&export=report.html        K6_WEB_DASHBOARD_PORT=0 …
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT, exit 255
 * Source  docs/spec/outputs.md §4.1
 */
import { randomBytes } from 'node:crypto'
import { isLoopback } from '../api/access.js'
import type { OutputContext } from '../output/output.js'
import { Settings } from '../output/settings.js'

export interface DashboardSettings {
  readonly host: string
  /** 0 takes any free one; undefined serves nothing. */
  readonly port: number | undefined
  /** The user chose the port: when it is taken, the run does not start. */
  readonly isPortRequired: boolean
  readonly periodMs: number
  /** Whether the page is opened in a browser. */
  readonly opens: boolean
  /** The path of the report that is written at the end, or empty. */
  readonly exportPath: string
  readonly tags: readonly string[]
  /** The token in the address of the page; undefined on loopback, unless the user sets one. */
  readonly token: string | undefined
}

const DEFAULT_PORT = 5665
const NAMES = ['host', 'port', 'period', 'open', 'export', 'report', 'record', 'tag', 'token']

export function dashboardSettings(argument: string, context: Pick<OutputContext, 'env' | 'config'>): DashboardSettings {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(argument))
    parameters.set(name, [...(parameters.get(name) ?? []), value])
  const settings = new Settings('web-dashboard', parameters, context)
  const unknown = [...parameters.keys()].find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw settings.refuse(`it has no setting "${unknown}"`, `it has ${NAMES.join(', ')}`)
  const names = (key: string, env = key.toUpperCase()) => ({ env: `WEB_DASHBOARD_${env}`, key })
  if (settings.text(names('record')) !== undefined)
    throw settings.refuse('there is no recording of the events', 'a result file has the same: --save FILE')
  const port = settings.integer(names('port'), DEFAULT_PORT)
  if (port < -1 || port > 65_535) throw settings.refuse(`there is no port ${port}`, 'use 0 for a free one, -1 for none')
  const host = settings.text(names('host')) ?? '127.0.0.1'
  return {
    host: host === 'localhost' ? '127.0.0.1' : host,
    port: port === -1 ? undefined : port,
    isPortRequired: port !== DEFAULT_PORT,
    periodMs: settings.interval(names('period'), 1000),
    opens: settings.boolean(names('open')),
    exportPath: settings.text(names('export')) ?? settings.text({ key: 'report' }) ?? '',
    tags: settings.list(names('tag', 'TAGS')) ?? ['group'],
    token: settings.text(names('token')) ?? (isLoopback(host) ? undefined : randomBytes(16).toString('hex')),
  }
}
