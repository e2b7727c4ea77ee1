/** The tag function http.url: all URLs of one template have the template as their tags `url` and `name`. Source: docs/spec/http.md §3.3. */

export interface TemplateUrl {
  readonly name: string
  readonly url: string
  readonly clean_url: string
}

const templates = new WeakSet<object>()

export function url(strings: unknown, ...values: readonly unknown[]): TemplateUrl {
  if (!Array.isArray(strings)) {
    throw new TypeError(`could not convert function call parameter 0: could not convert ${String(strings)} to []string`)
  }
  const text = strings
    .map((part, i) => `${part}${i < values.length && i < strings.length - 1 ? String(values[i]) : ''}`)
    .join('')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the place of each value, as users see it
  const result = { name: strings.join('${}'), url: text, clean_url: text }
  templates.add(result)
  return result
}

/** True for results of `http.url` alone: other objects are no URLs. */
export function isTemplateUrl(value: unknown): value is TemplateUrl {
  return typeof value === 'object' && value !== null && templates.has(value)
}
