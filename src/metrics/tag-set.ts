/**
 * Immutable, interned sets of tags: two sets with the same tags are the same object, so they are compared with `===`, and a series is found
 * by identity.
 *
 * Shape   every set remembers the sets that it became by one more tag, so adding a tag a second time is a Map lookup. The order in which
 *         tags were added makes no difference
 * Source  the same idea as hidden classes in a JavaScript engine
 */
export type Tags = Readonly<Record<string, string>>

export class TagSet {
  /** Sorted by key. */
  readonly entries: readonly (readonly [string, string])[]
  /** Unique and stable within its interner; what raw samples refer to. */
  readonly id: number
  readonly #interner: TagInterner
  /** The sets that this set became, by the key and value of the added tag. Null for most sets. */
  #transitions: Map<string, Map<string, TagSet>> | null = null
  readonly #values: ReadonlyMap<string, string>

  /** Use {@link TagInterner.root} and `with`; a set made otherwise would not be interned. */
  constructor(interner: TagInterner, id: number, entries: readonly (readonly [string, string])[]) {
    this.#interner = interner
    this.id = id
    this.entries = entries
    this.#values = new Map(entries)
  }

  get(key: string): string | undefined {
    return this.#values.get(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** This set with one tag added or replaced. */
  with(key: string, value: string): TagSet {
    this.#transitions ??= new Map()
    let byValue = this.#transitions.get(key)
    if (byValue === undefined) {
      byValue = new Map()
      this.#transitions.set(key, byValue)
    }
    let next = byValue.get(value)
    if (next === undefined) {
      next =
        this.#values.get(key) === value
          ? this
          : this.#interner.intern(replaced(this.entries, key, this.#interner.shown(value)))
      byValue.set(value, next)
    }
    return next
  }

  /** This set without one tag. */
  without(key: string): TagSet {
    if (!this.#values.has(key)) return this
    return this.#interner.intern(this.entries.filter((entry) => entry[0] !== key))
  }

  /** This set with several tags added or replaced. */
  withAll(tags: Tags): TagSet {
    let result: TagSet = this
    for (const key of Object.keys(tags)) result = result.with(key, tags[key] as string)
    return result
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.entries)
  }
}

export class TagInterner {
  readonly #sets = new Map<string, TagSet>()
  /** Removes secrets from a value. Called once for each new set. */
  readonly shown: (value: string) => string
  /** The empty set. */
  readonly root: TagSet

  constructor(shown: (value: string) => string = (value) => value) {
    this.shown = shown
    this.root = this.intern([])
  }

  /** How many different sets exist. */
  get size(): number {
    return this.#sets.size
  }

  /** `entries` must be sorted by key, without duplicates. */
  intern(entries: readonly (readonly [string, string])[]): TagSet {
    const key = JSON.stringify(entries)
    let set = this.#sets.get(key)
    if (set === undefined) {
      set = new TagSet(this, this.#sets.size, entries)
      this.#sets.set(key, set)
    }
    return set
  }
}

function replaced(
  entries: readonly (readonly [string, string])[],
  key: string,
  value: string,
): (readonly [string, string])[] {
  const result = entries.filter((entry) => entry[0] !== key)
  const at = result.findIndex((entry) => entry[0] > key)
  result.splice(at === -1 ? result.length : at, 0, [key, value])
  return result
}
