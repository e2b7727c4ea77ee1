/**
 * Names of fields in any letters: `VUs`, `preAllocatedVus` and `PREALLOCATEDVUS` are what they look like, as for k6, which reads
 * options as JSON in Go. The exact name is preferred when an object has both.
 */

/** The known name that is meant; undefined when there is none. */
function fieldNamed(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key
  const lower = key.toLowerCase()
  return known.find((name) => name.toLowerCase() === lower)
}

/** The object with its known fields under their own names; the others keep theirs. */
export function withKnownNames(
  raw: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Record<string, unknown> {
  const named: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) {
    const name = fieldNamed(key, known) ?? key
    if (name !== key && Object.hasOwn(raw, name)) continue
    Object.defineProperty(named, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return named
}
