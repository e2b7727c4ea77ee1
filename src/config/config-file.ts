/**
 * The configuration file: one JSON object with options, and a few keys of its own.
 *
 * Errors  ConfigFileError (ERR_CONFIG_FILE, exit 104) for other contents
 * Source  docs/spec/runner.md §1.2 (--config), §1.7
 */
import { SockeyeError } from '../base/errors.js'
import { isTooDeep } from '../base/nested-data.js'
import { BOOLEAN, type Form, FormError, OBJECT, STRINGS } from './form.js'

const CONTENT_HINT = 'the file holds one JSON object of options, for example { "vus": 10, "duration": "30s" }'

export class ConfigFileError extends SockeyeError {
  constructor(path: string, reason: string, cause?: unknown, hint: string = CONTENT_HINT) {
    super({
      code: 'ERR_CONFIG_FILE',
      message:
        'failed to load the configuration file from the local file system: ' +
        `couldn't parse the configuration from "${path}": ${reason}`,
      hint,
      exitCode: 104,
      cause,
    })
  }
}

/** The file is not there, or may not be read. The text before the colon is k6's. */
export function unreadableConfigFile(path: string, error: NodeJS.ErrnoException): ConfigFileError {
  const reason = error.code === 'ENOENT' ? 'no such file' : error.message
  return new ConfigFileError(path, reason, error, 'make sure that you have specified the right path')
}

export interface ConfigFile {
  /** Test options, not yet checked. */
  readonly options: Readonly<Record<string, unknown>>
  readonly out?: readonly string[]
  readonly linger?: boolean
  readonly noUsageReport?: boolean
  readonly webDashboard?: boolean
  /** Configuration of outputs by their name. */
  readonly collectors?: Readonly<Record<string, unknown>>
}

const OWN_KEYS = {
  out: STRINGS,
  linger: BOOLEAN,
  noUsageReport: BOOLEAN,
  webDashboard: BOOLEAN,
  collectors: OBJECT,
} as const satisfies Record<string, Form<never> | Form<unknown> | object>

export function parseConfigFile(path: string, text: string): ConfigFile {
  const { out, linger, noUsageReport, webDashboard, collectors, ...options } = parseObject(path, text)
  const own = { out, linger, noUsageReport, webDashboard, collectors }
  const read: Record<string, unknown> = {}
  for (const [key, form] of Object.entries(OWN_KEYS)) {
    const value = own[key as keyof typeof own]
    if (value !== undefined && value !== null) read[key] = readKey(path, key, value, form as Form<unknown>)
  }
  return { options, ...read }
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ConfigFileError(path, (error as Error).message, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigFileError(path, 'it holds no JSON object')
  }
  if (isTooDeep(value)) throw new ConfigFileError(path, 'it is nested too deep')
  return value as Record<string, unknown>
}

function readKey(path: string, key: string, value: unknown, form: Form<unknown>): unknown {
  try {
    return form.read(value)
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    throw new ConfigFileError(path, `${key} ${error.message}`)
  }
}

/** The paths that are tried when no file is named: that of sockeye first, then that of k6. */
export function defaultConfigPaths(env: Readonly<Record<string, string | undefined>>, home: string): string[] {
  const folder = env['XDG_CONFIG_HOME'] || `${home}/.config`
  return [`${folder}/sockeye/config.json`, `${folder}/k6/config.json`]
}
