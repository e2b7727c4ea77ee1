/**
 * Where the options of the output `csv` come from: defaults < configuration file < environment < `-o csv=…`.
 *
 *   argument := file | key "=" value { "," key "=" value }      key := fileName | saveInterval | timeFormat
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT
 * Source  docs/spec/metrics-and-modules.md 5.2
 */
import { parseDuration } from '../../base/duration.js'
import { invalidOutput } from '../errors.js'
import type { OutputContext } from '../output.js'
import { TIME_FORMATS, type TimeFormat } from '../time-format.js'

export interface CsvOptions {
  readonly fileName: string
  readonly saveIntervalMs: number
  readonly timeFormat: TimeFormat
}

type Raw = { fileName?: unknown; saveInterval?: unknown; timeFormat?: unknown }

export function csvOptions(argument: string, { env, config }: Pick<OutputContext, 'env' | 'config'>): CsvOptions {
  const file = (config['csv'] ?? {}) as Record<string, unknown>
  const fromFile: Raw = {
    fileName: file['file_name'],
    saveInterval: file['save_interval'],
    timeFormat: file['time_format'],
  }
  const fromEnv: Raw = {
    fileName: env['K6_CSV_FILENAME'],
    saveInterval: env['K6_CSV_SAVE_INTERVAL'],
    timeFormat: env['K6_CSV_TIME_FORMAT'],
  }
  const layers = [fromFile, fromEnv, fromArgument(argument)]
  const last = (key: keyof Raw) =>
    layers.map((layer) => layer[key]).findLast((value) => value !== undefined && value !== '')
  return {
    fileName: String(last('fileName') ?? 'file.csv'),
    saveIntervalMs: saveIntervalOf(last('saveInterval') ?? '1s'),
    timeFormat: timeFormatOf(last('timeFormat') ?? 'unix'),
  }
}

function fromArgument(argument: string): Raw {
  if (argument === '') return {}
  if (!argument.includes('=')) return { fileName: argument }
  const raw: Raw = {}
  for (const part of argument.split(',')) {
    const cut = part.indexOf('=')
    if (cut === -1) throw invalidOutput(`couldn't parse "${argument}" as argument for csv output`)
    const key = part.slice(0, cut)
    if (key !== 'fileName' && key !== 'saveInterval' && key !== 'timeFormat') {
      throw invalidOutput(
        `unknown key "${key}" as argument for csv output`,
        'keys are fileName, saveInterval and timeFormat',
      )
    }
    raw[key] = part.slice(cut + 1)
  }
  return raw
}

function saveIntervalOf(value: unknown): number {
  const ms = parseDuration(value)
  if (ms === undefined || ms <= 0) {
    throw invalidOutput(`saveInterval of the csv output must be a duration above 0, got ${JSON.stringify(value)}`)
  }
  return ms
}

function timeFormatOf(value: unknown): TimeFormat {
  const format = TIME_FORMATS.find((name) => name === value)
  if (format === undefined) {
    throw invalidOutput(
      `timeFormat of the csv output must be one of ${TIME_FORMATS.join(', ')}, got ${JSON.stringify(value)}`,
    )
  }
  return format
}
