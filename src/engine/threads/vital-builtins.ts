/**
 * Finds out that a script has broken a built-in that sockeye or Node needs. Without this check, timers might never fire, or results might be
 * lost, while the test looks fine.
 *
 * A changed built-in may still work: polyfills and packages that trace calls change some, too. So after a change all built-ins are tried. The
 * code that compares must not use anything that a script can change, for example the iterators of `for … of`.
 *
 * Shape   a broken built-in is written as in code: `Map.prototype.get`
 */
const { getOwnPropertyDescriptor, getPrototypeOf, is } = Object
const { ownKeys } = Reflect

const OWNERS: readonly (readonly [name: string, owner: object])[] = [
  ...[Map, Set, WeakMap, Array, Promise, Function, Date, String, RegExp, ArrayBuffer, DataView].map(
    ({ name, prototype }) => [`${name}.prototype`, prototype] as const,
  ),
  ...[Array, Promise, Object, Date, Number, String].map((owner) => [owner.name, owner] as const),
  ['TypedArray.prototype', getPrototypeOf(Uint8Array.prototype) as object],
  ['Object.getPrototypeOf([].values())', getPrototypeOf([].values()) as object],
  ['Object.getPrototypeOf(new Map().values())', getPrototypeOf(new Map().values()) as object],
  ['Object.prototype', Object.prototype],
  ['JSON', JSON],
  ['Math', Math],
  ['Reflect', Reflect],
  ['Atomics', Atomics],
]

interface Property {
  readonly name: string
  readonly owner: object
  readonly key: PropertyKey
  readonly value: unknown
}

export class VitalBuiltins {
  readonly #properties: readonly Property[]
  /** The number of properties of `Object.prototype`: every object inherits an added one. */
  readonly #inherited = ownKeys(Object.prototype).length

  /** Remembers the built-ins as they are now, before any script has run. */
  constructor() {
    this.#properties = OWNERS.flatMap(([name, owner]) =>
      ownKeys(owner).map((key) => {
        const path = typeof key === 'symbol' ? `[${key.description}]` : `.${key}`
        return { name: `${name}${path}`, owner, key, value: currentValue(owner, key) }
      }),
    )
  }

  /** A changed built-in, when not all built-ins work any more; otherwise undefined. */
  broken(): string | undefined {
    const changed = this.#changed()
    return changed === undefined || allWork() ? undefined : changed
  }

  #changed(): string | undefined {
    for (let i = 0; i < this.#properties.length; i++) {
      const { name, owner, key, value } = this.#properties[i] as Property
      if (!is(currentValue(owner, key), value)) return name
    }
    return ownKeys(Object.prototype).length > this.#inherited ? 'Object.prototype' : undefined
  }
}

function currentValue(owner: object, key: PropertyKey): unknown {
  const property = getOwnPropertyDescriptor(owner, key)
  return property === undefined ? undefined : (property.get ?? property.value)
}

function allWork(): boolean {
  try {
    for (let i = 0; i < TRIALS.length; i++) if (TRIALS[i]?.() !== true) return false
    return true
  } catch {
    return false
  }
}

const double = (n: number): number => n * 2
const settled = Promise.resolve()

/** Each returns true when the built-ins that it calls work. */
const TRIALS: readonly (() => boolean)[] = [
  () => {
    const map = new Map([['a', 2]])
    map.set('b', 3)
    if (map.get('b') !== 3 || !map.has('a') || map.has('c') || map.size !== 2) return false
    for (const [key, value] of map) if (map.get(key) !== value) return false
    let sum = 0
    for (const key of map.keys()) sum += key.length
    for (const value of map.values()) sum += value
    for (const entry of map.entries()) sum += entry.length
    return sum === 11 && map.delete('a') === true && !map.delete('c')
  },
  () => {
    const set = new Set([1])
    set.add(2)
    let sum = 0
    for (const value of set) sum += value
    for (const value of set.values()) sum += value
    return sum === 6 && set.has(2) && !set.has(3) && set.size === 2 && set.delete(2) === true
  },
  () => {
    const key = {}
    const map = new WeakMap([[key, 1]])
    map.set(map, 2)
    return map.get(key) === 1 && map.get(map) === 2 && map.has(key) && !map.has({})
  },
  () => {
    const list = [3]
    list.push(1, 2)
    let sum = 0
    for (const value of list) sum += value
    for (const value of list.values()) sum += value
    list.forEach((value) => {
      sum += value
    })
    return sum === 18 && list.length === 3 && list.sort()[0] === 1 && list.pop() === 3 && list.shift() === 1
  },
  () => [1, 2].map(double)[1] === 4 && [1, 2].filter((n) => n > 1)[0] === 2 && [1, 2].find((n) => n > 1) === 2,
  () => [1, 2].some((n) => n > 1) && ![1].some((n) => n > 1) && [2].every((n) => n > 1) && ![1].every((n) => n > 1),
  () => [1, 2].includes(2) && ![1].includes(2) && [1, 2].indexOf(2) === 1 && [1, 2].join('-') === '1-2',
  () => [1, 2].slice(1)[0] === 2 && [1, 2].splice(1, 1)[0] === 2 && [1].concat([2])[1] === 2,
  () => Array.isArray([]) && !Array.isArray({}) && Array.from([1])[0] === 1,
  // Only the returned promise is checked: the function is called later.
  () => isPromise(settled.then(() => undefined)) && isPromise(settled.finally(() => undefined)),
  () => isPromise(Promise.resolve(1)) && isPromise(Promise.all([1])) && isPromise(Promise.race([1])),
  () => Object.keys({ a: 1 })[0] === 'a' && Object.values({ a: 1 })[0] === 1 && Object.entries({ a: 1 })[0]?.[1] === 1,
  () => Object.assign({ a: 0 }, { a: 1 }).a === 1 && Object.fromEntries([['a', 1]])['a'] === 1,
  () => Object.defineProperty({ a: 0 }, 'a', { value: 1 }).a === 1 && Object.freeze({ a: 1 }).a === 1,
  () => Object.getPrototypeOf([]) === Array.prototype && Object.is(1, 1) && !Object.is(1, 2),
  () => double.call(undefined, 2) === 4 && double.apply(undefined, [2]) === 4 && double.bind(undefined, 2)() === 4,
  () => JSON.stringify({ a: [1, 'b'] }) === '{"a":[1,"b"]}' && (JSON.parse('{"a":1}') as { a: number }).a === 1,
  // Scripts may replace Date.now and Math.random by functions that return other numbers.
  () =>
    typeof Date.now() === 'number' &&
    new Date(0).toISOString() === '1970-01-01T00:00:00.000Z' &&
    new Date(5).getTime() === 5,
  () => Math.min(1, 2) === 1 && Math.max(1, 2) === 2 && Math.floor(1.5) === 1 && Math.ceil(1.5) === 2,
  () => Math.round(1.6) === 2 && Math.trunc(1.6) === 1 && Math.log(1) === 0 && typeof Math.random() === 'number',
  () => Number.isFinite(1) && !Number.isFinite('1') && Number.isInteger(1) && !Number.isInteger(1.5),
  () => 'a-b'.split('-')[1] === 'b' && 'ab'.slice(1) === 'b' && 'ab'.replace('a', 'b') === 'bb',
  () => 'ab'.startsWith('a') && !'ab'.startsWith('b') && 'ab'.endsWith('b') && 'ab'.indexOf('b') === 1,
  () => 'ab'.includes('b') && !'ab'.includes('c') && 'A'.toLowerCase() === 'a' && ' a '.trim() === 'a',
  () => /b/.exec('ab')?.index === 1 && /b/.test('ab') && !/c/.test('ab') && 'ab'.replace(/b/, 'c') === 'ac',
  () => {
    const bytes = new Uint8Array(4)
    bytes.set([1, 2], 1)
    const part = bytes.subarray(1, 3)
    const view = new DataView(bytes.buffer)
    return part.length === 2 && part[1] === 2 && part.byteOffset === 1 && view.getUint8(1) === 1
  },
  () => new ArrayBuffer(4).slice(1).byteLength === 3 && new Uint8Array([1]).fill(2)[0] === 2,
  () => Reflect.apply(double, undefined, [2]) === 4 && Reflect.get({ a: 1 }, 'a') === 1,
  () => Reflect.ownKeys({ a: 1 })[0] === 'a' && Reflect.construct(Array, [2]).length === 2,
  () => {
    const cells = new Int32Array(1)
    return Atomics.add(cells, 0, 2) === 0 && Atomics.load(cells, 0) === 2 && Atomics.store(cells, 0, 3) === 3
  },
]

function isPromise(value: unknown): boolean {
  return value instanceof Promise
}
