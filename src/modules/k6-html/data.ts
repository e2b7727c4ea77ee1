/** `data-*` attributes as jQuery gives them: names in camel case; values that are numbers, booleans, null or JSON are converted. */
import type { ElementNode } from './document.js'

/** The value of one key, or all values when `key` is undefined. */
export function dataOf(node: ElementNode, key: string | undefined): unknown {
  if (key !== undefined) {
    const value = node.attribs[attributeName(key)]
    return value === undefined ? undefined : converted(value)
  }
  return Object.fromEntries(
    Object.entries(node.attribs)
      .filter(([name]) => name.startsWith('data-'))
      .map(([name, value]) => [propertyName(name), converted(value)]),
  )
}

/** `userId` and `user-id` ─► `data-user-id` */
function attributeName(key: string): string {
  return `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function propertyName(attribute: string): string {
  return attribute.slice('data-'.length).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function converted(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === 'null') return null
  // Only text that is exactly how JavaScript writes the number: "7", but not "007" or "1e3".
  if (text === String(Number(text))) return Number(text)
  if (!/^(\{.*\}|\[.*\])$/s.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
