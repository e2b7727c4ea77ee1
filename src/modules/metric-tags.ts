/** Tags that scripts give. Their values are strings, numbers or booleans; other values are refused with k6's text. */
import { HostError } from '../vu/host-error.js'

const ACCEPTED = 'only String, Boolean and Number types are accepted as a metric tag values'

/** `where` begins the message of the error, for example `check()`. What is no object has no tags. */
export function metricTags(tags: unknown, where: string): Record<string, string> {
  const result: Record<string, string> = {}
  if (typeof tags !== 'object' || tags === null) return result
  for (const [key, value] of Object.entries(tags)) {
    if (!isTagValue(value)) throw new HostError(`${where}: invalid value for metric tag '${key}': ${ACCEPTED}`)
    result[key] = String(value)
  }
  return result
}

export function isTagValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
