/**
 * Wraps a function of a text so that it does not work twice for the same text in a row: servers send the same lines again and again, and
 * scripts use one URL. The result is shared, so it must not be changed. An error is not kept.
 */
export function keepLast<T>(compute: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly result: T } | null = null
  return (text) => {
    if (last === null || text !== last.text) last = { text, result: compute(text) }
    return last.result
  }
}
