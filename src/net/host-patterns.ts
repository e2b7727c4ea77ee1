/**
 * Patterns for host names, of the options `hosts` and `blockHostnames`.
 *
 * Grammar  pattern = name | "*" [ [ "." ] name ]        name = label *( "." label )
 *          label = letters, digits, "-" and "_" (also non-ASCII letters), not starting or ending with "-"
 * Meaning  case does not count. A wildcard stands for any characters in front: `*.x.test` matches a.x.test and a.b.x.test,
 *          not x.test; `*` matches every name. An exact pattern beats a wildcard, a longer wildcard a shorter one.
 */

const LABEL = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_-]*[\\p{L}\\p{N}_])?'
const PATTERN = new RegExp(`^(?:\\*|(?:\\*\\.?)?${LABEL}(?:\\.${LABEL})*\\.?)$`, 'u')

export function isHostPattern(text: string): boolean {
  return PATTERN.test(text)
}

/** Finds the value of the best pattern for a name. Patterns must have passed isHostPattern. */
export class HostPatternMap<V> {
  #exact = new Map<string, V>()
  /** By length of suffix, longest first. */
  #wildcards: { suffix: string; value: V }[] = []

  /** A later value for the same pattern replaces the earlier one. */
  set(pattern: string, value: V): void {
    const lower = pattern.toLowerCase()
    if (!lower.startsWith('*')) {
      this.#exact.set(lower, value)
      return
    }
    const suffix = lower.slice(1)
    this.#wildcards = this.#wildcards.filter((wildcard) => wildcard.suffix !== suffix)
    this.#wildcards.push({ suffix, value })
    this.#wildcards.sort((a, b) => b.suffix.length - a.suffix.length)
  }

  get(name: string): V | undefined {
    const lower = name.toLowerCase()
    const exact = this.#exact.get(lower)
    if (exact !== undefined) return exact
    return this.#wildcards.find(({ suffix }) => lower.endsWith(suffix))?.value
  }
}
