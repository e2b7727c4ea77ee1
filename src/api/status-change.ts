/**
 * Reads the body of PATCH /v1/status. It has the same envelope as the status itself; only its attributes are read.
 *
 * Errors  ControlError 400 `Invalid data`
 */
import { ControlError, type StatusChange } from './controlled-run.js'

const TYPES: Readonly<Record<keyof StatusChange, 'boolean' | 'number' | 'string'>> = {
  stopped: 'boolean',
  paused: 'boolean',
  vus: 'number',
  'vus-max': 'number',
  scenario: 'string',
}

/** Attributes that cannot be changed are ignored, as are those that are null. */
export function readStatusChange(body: string): StatusChange {
  const attributes = readAttributes(body)
  const change: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(TYPES)) {
    const value = attributes[name]
    if (value === undefined || value === null) continue
    if (typeof value !== type) throw invalid(`${name} must be a ${type}, got ${JSON.stringify(value)}`)
    if (type === 'number' && !Number.isSafeInteger(value)) throw invalid(`${name} must be a whole number, got ${value}`)
    change[name] = value
  }
  return change
}

function readAttributes(body: string): Readonly<Record<string, unknown>> {
  const { data } = asObject(parse(body), 'the body')
  if (data === undefined) return {}
  const { attributes } = asObject(data, 'data')
  return attributes === undefined ? {} : asObject(attributes, 'data.attributes')
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw invalid((error as Error).message)
  }
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalid(`${what} must be an object, got ${JSON.stringify(value)}`)
}

function invalid(detail: string): ControlError {
  return new ControlError(400, 'Invalid data', detail)
}
