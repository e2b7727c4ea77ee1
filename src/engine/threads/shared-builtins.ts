/**
 * Finds changes that a script has made to objects that all VUs of a shard share: built-in prototypes and constructors, and the real global
 * object. In k6 each VU has its own.
 *
 * Shape   a change is written as in code: `Array.prototype.last`, `Math.random`, `globalThis.state`
 */
import { sharedGlobals } from '../../node/index.js'

type Properties = Map<PropertyKey, unknown>

const real = globalThis as unknown as Record<string, unknown>

/** Only names of its properties are compared: Node itself replaces their values when they are first used. */
const GLOBAL = 'globalThis'

export class SharedBuiltins {
  readonly #before: ReadonlyMap<string, readonly [object, Properties]>
  readonly #told = new Set<string>()

  /** Remembers the objects as they are now. */
  constructor() {
    this.#before = new Map([...watchedObjects()].map(([name, object]) => [name, [object, propertiesOf(name, object)]]))
  }

  /** Properties that were added, replaced or deleted. Each is returned only once. */
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
    // Globals of the language are values. Globals of Node are getters, and reading one would load it.
    const value = Object.getOwnPropertyDescriptor(real, name)?.value as unknown
    if (value === null || value === globalThis) continue
    if (typeof value !== 'function' && !NAMESPACES.has(name)) continue
    yield [name, value as object]
    const { prototype } = value as { prototype?: unknown }
    if (typeof prototype === 'object' && prototype !== null) yield [`${name}.prototype`, prototype]
  }
}

const NAMESPACES: ReadonlySet<string> = new Set(['Atomics', 'Intl', 'JSON', 'Math', 'Reflect', 'WebAssembly'])

/** Properties of the global object that Node's `fetch` sets when it is loaded. */
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
