/**
 * Plain data as YAML, for people: block style, two spaces deeper per level.
 *
 *   status: 7
 *   sample:
 *     p(95): 12.5
 */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue }

export function toYaml(value: YamlValue): string {
  return `${lines(value).join('\n')}\n`
}

function lines(value: YamlValue): string[] {
  if (Array.isArray(value)) return value.length === 0 ? ['[]'] : value.flatMap(item)
  if (typeof value !== 'object' || value === null) return [scalar(value as string | number | boolean | null)]
  const entries = Object.entries(value as { readonly [key: string]: YamlValue })
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, inner]) => entry(key, inner))
}

function item(value: YamlValue): string[] {
  return lines(value).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`))
}

function entry(key: string, value: YamlValue): string[] {
  const inner = lines(value)
  const isBlock = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  return isBlock ? [`${scalar(key)}:`, ...inner.map((line) => `  ${line}`)] : [`${scalar(key)}: ${inner[0]}`]
}

/** Text that could be read as something else is quoted; JSON's quotes are YAML's too. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value)
  const isPlain = /^[A-Za-z][\w()./-]*$/.test(value) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}
