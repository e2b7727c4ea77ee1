/**
 * The text that `console.log(…)` of a script prints: its arguments with one space between them. `%s` has no meaning.
 *
 *   string, number, …      as it is                        inside something else: strings in double quotes, null for nothing
 *   object, array          { a: 1, b: "x" }  [ 1, 2 ]      own enumerable keys only, so a Map is {}
 *   function               [object Function]
 *   Error, Date            Error: message                  "2026-11-21T05:00:00.000Z"
 *   typed array            Uint8Array(3) [ 1, 2, 3 ]
 *   ArrayBuffer            ArrayBuffer { [Uint8Contents]: <01 02>, byteLength: 2 }
 *   an object in itself    [Circular]
 *
 * Errors  never throws. When a getter, a proxy or toString throws, the text says what it threw
 */
import { types } from 'node:util'

/** A value is cut here, so that a log line cannot use up the memory or the stack. */
const MAX_ITEMS = 100_000
const MAX_DEPTH = 200

export function formatConsoleArguments(values: readonly unknown[]): string {
  if (values.length === 1 && typeof values[0] === 'string') return values[0]
  return values.map(formatConsoleArgument).join(' ')
}

function formatConsoleArgument(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined) return 'undefined'
  return new Formatter().format(value)
}

class Formatter {
  readonly #ancestors: object[] = []
  #itemsLeft = MAX_ITEMS

  format(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return `"${value}"`
      case 'undefined':
        return 'null'
      case 'function':
        return '[object Function]'
      case 'object':
        return value === null ? 'null' : this.#guard(() => this.#object(value))
      default:
        return String(value)
    }
  }

  #object(value: object): string {
    if (types.isNativeError(value) || value instanceof Error) return String(value)
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : `"${value.toISOString()}"`
    if (types.isBoxedPrimitive(value)) return this.format(value.valueOf())
    if (types.isTypedArray(value)) return this.#typedArray(value)
    if (types.isAnyArrayBuffer(value)) return this.#arrayBuffer(value)
    if (this.#ancestors.includes(value)) return '[Circular]'
    if (this.#ancestors.length >= MAX_DEPTH) return Array.isArray(value) ? '[Array]' : '[Object]'
    this.#ancestors.push(value)
    try {
      return Array.isArray(value) ? this.#array(value) : this.#properties(value as Record<string, unknown>)
    } finally {
      this.#ancestors.pop()
    }
  }

  #array(array: readonly unknown[]): string {
    const items = this.#take(array.length, (index) => this.#guard(() => this.format(array[index])))
    return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`
  }

  #properties(object: Record<string, unknown>): string {
    const keys = Object.keys(object)
    const items = this.#take(keys.length, (index) => {
      const key = keys[index] as string
      return `${key}: ${this.#guard(() => this.format(object[key]))}`
    })
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`
  }

  #typedArray(array: NodeJS.TypedArray): string {
    // A Buffer is a Uint8Array to a script; its class is only Node's.
    const name = Object.prototype.toString.call(array).slice('[object '.length, -1)
    const items = this.#take(array.length, (index) => String(array[index]))
    return `${name}(${array.length}) ${items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`}`
  }

  #arrayBuffer(buffer: ArrayBufferLike): string {
    const name = Object.prototype.toString.call(buffer).slice('[object '.length, -1)
    const bytes = new Uint8Array(buffer)
    const items = this.#take(bytes.length, (index) => (bytes[index] as number).toString(16).padStart(2, '0'))
    return `${name} { [Uint8Contents]: <${items.join(' ')}>, byteLength: ${bytes.length} }`
  }

  /** The first `count` items as text, as far as the limit for the whole argument allows. */
  #take(count: number, itemAt: (index: number) => string): string[] {
    const items: string[] = []
    for (let index = 0; index < count; index++) {
      if (this.#itemsLeft <= 0) {
        items.push(`... ${count - index} more`)
        break
      }
      this.#itemsLeft -= 1
      items.push(itemAt(index))
    }
    return items
  }

  #guard(format: () => string): string {
    try {
      return format()
    } catch (error) {
      return `[threw ${describe(error)}]`
    }
  }
}

function describe(error: unknown): string {
  try {
    return String(error)
  } catch {
    return 'something that cannot be shown'
  }
}
