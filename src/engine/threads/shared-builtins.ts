/**
 * Notices a script that changes what all VUs of a shard share: built-in prototypes and constructors, and the real global object.
 * In k6 each VU has its own of these.
 *
 * Shape   a change is named as in code: `Array.prototype.last`, `Math.random`, `globalThis.state`
 */

import { sharedGlobals } from '../../node/index.js'

type Properties = Map<PropertyKey, unknown>

const real = globalThis as unknown as Record<string, unknown>

/** Node replaces properties of the global object itself when they are first used, so only their names count. */
const GLOBAL = 'globalThis'

export class SharedBuiltins {
  readonly #before: ReadonlyMap<string, readonly [object, Properties]>
  readonly #told = new Set<string>()

  /** Remembers how they are now. */
  constructor() {
    this.#before = new Map([...watchedObjects()].map(([name, object]) => [name, [object, propertiesOf(name, object)]]))
  }

  /** What has been added, replaced or deleted, each only once. */
  changes(): string[] {
    const changed: string[] = []
    for (const [name, [object, before]] of this.#before) {
      const now = propertiesOf(name, object)
      for (const key of new Set([...before.keys(), ...now.keys()])) {
        if (before.has(key) && now.has(key) && Object.is(before.get(key), now.get(key))) continue
        const path = typeof key === 'symbol' ? `${name}[${String(key)}]` : `${name}.${String(key)}`
        if (this.#told.has(path)) continue
        this.#told.add(path)
        changed.push(path)
      }
    }
    return changed
  }
}

function* watchedObjects(): Iterable<[string, object]> {
  yield [GLOBAL, globalThis]
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    // Those of the language, but not of Node, are values; reading Node's would load them.
    const value = Object.getOwnPropertyDescriptor(real, name)?.value as unknown
    if (value === null || value === globalThis) continue
    if (typeof value !== 'function' && !NAMESPACES.has(name)) continue
    yield [name, value as object]
    const { prototype } = value as { prototype?: unknown }
    if (typeof prototype === 'object' && prototype !== null) yield [`${name}.prototype`, prototype]
  }
}

const NAMESPACES: ReadonlySet<string> = new Set(['Atomics', 'Intl', 'JSON', 'Math', 'Reflect', 'WebAssembly'])

/** What Node's classes of the Fetch Standard leave there when they are loaded. */
const NODES_OWN: ReadonlySet<PropertyKey> = new Set(
  ['1', '2'].flatMap((n) => [Symbol.for(`undici.globalDispatcher.${n}`), Symbol.for(`undici.globalOrigin.${n}`)]),
)

function propertiesOf(name: string, object: object): Properties {
  const properties: Properties = new Map()
  for (const key of Reflect.ownKeys(object)) {
    if (name === GLOBAL && (NODES_OWN.has(key) || sharedGlobals.has(key))) continue
    const { value, get } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor
    properties.set(key, name === GLOBAL ? true : (get ?? value))
  }
  return properties
}
