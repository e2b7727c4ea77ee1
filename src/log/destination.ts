/**
 * Reads `--log-output`.
 *
 *   destination = 'stderr' | 'stdout' | 'none' | 'file=' path { ',' 'level=' level } | 'loki' [ '=' address { ',' key '=' value } ]
 *
 * Errors  LogOutputError
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type LokiSettings, parseLokiSettings } from './loki.js'
import { LogOutputError } from './output-error.js'
import { type LogLevel, parseLogLevel } from './record.js'

export type LogDestination =
  | { readonly kind: 'stderr' | 'stdout' | 'none' }
  | { readonly kind: 'loki'; readonly settings: LokiSettings }
  | { readonly kind: 'file'; readonly path: string; readonly level: LogLevel | undefined }

export function parseLogDestination(text: string): LogDestination {
  if (text === 'stderr' || text === 'stdout' || text === 'none') return { kind: text }
  if (text === 'loki' || text.startsWith('loki=')) {
    return { kind: 'loki', settings: parseLokiSettings(text.slice('loki='.length)) }
  }
  if (text === 'file' || text.startsWith('file=')) return parseFile(text.slice('file='.length))
  throw new LogOutputError(`unsupported log output '${text}'`)
}

function parseFile(text: string): LogDestination {
  const [path = '', ...settings] = text.split(',')
  if (path === '') throw new LogOutputError(`log output 'file' needs a path`)
  let level: LogLevel | undefined
  for (const setting of settings) {
    const [key = '', value = ''] = setting.split('=', 2)
    if (key !== 'level') throw new LogOutputError(`unknown logfile config key ${key}`)
    level = parseLogLevel(value)
    if (level === undefined)
      throw new LogOutputError(`unknown log level ${value}`, 'levels are debug, info, warning and error')
  }
  const folder = dirname(path)
  if (!existsSync(folder)) throw new LogOutputError(`provided directory '${folder}' does not exist`, 'create it first')
  return { kind: 'file', path, level }
}
