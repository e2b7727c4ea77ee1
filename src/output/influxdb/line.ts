/**
 * The line protocol of InfluxDB: `metric,tag=value field=value,value=1.5 1795796852500507583`.
 *
 * Nothing in a tag can end a line or begin another measurement: line ends are written as `\n`, and tags without a name are left out.
 *
 * Source  docs/spec/outputs.md §3.2 (INF-03, INF-06)
 */
import type { Tags } from '../../metrics/tag-set.js'
import type { FieldType } from './options.js'

/** The parts of a line that depend on the tags. */
export interface TagText {
  /** `,tag=value,…`, or empty. */
  readonly tags: string
  /** `field=value,…,`, or empty. */
  readonly fields: string
}

export function tagText(tags: Tags, asFields: ReadonlyMap<string, FieldType>): TagText {
  const sorted = Object.entries(tags)
    .filter(([key, value]) => key !== '' && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = { tags: '', fields: '' }
  for (const [key, value] of sorted) {
    const type = asFields.get(key)
    if (type === undefined) parts.tags += `,${escaped(key)}=${escaped(value)}`
    // The field `value` is the number of the sample.
    else if (key !== 'value') parts.fields += `${escaped(key)}=${fieldValue(value, type)},`
  }
  return parts
}

/** Plain decimals, as k6 writes them; undefined for what InfluxDB cannot hold. */
export function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const text = String(value)
  if (!text.includes('e')) return text
  return Math.abs(value) >= 1 ? BigInt(value).toString() : value.toFixed(100).replace(/0+$/, '')
}

export function measurement(name: string): string {
  return name.replace(/[\n\r]/g, ' ').replace(/[, ]/g, '\\$&')
}

function escaped(text: string): string {
  return (
    text
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r')
      .replace(/[,= ]/g, '\\$&')
      // A backslash at the end would escape what follows.
      .replace(/\\$/, '\\ ')
  )
}

function fieldValue(value: string, type: FieldType): string {
  switch (type) {
    case 'int':
      return /^[+-]?\d+$/.test(value) ? `${value.replace(/^\+/, '')}i` : quoted(value)
    case 'float':
      return /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value) ? value : quoted(value)
    case 'bool':
      return /^(true|false|t|f|1|0)$/i.test(value) ? String(/^(true|t|1)$/i.test(value)) : quoted(value)
    case 'string':
      return quoted(value)
    default:
      return type satisfies never
  }
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
