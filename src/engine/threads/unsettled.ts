/** The error message for a function whose promise can never settle. */
import type { ExceptionText } from './exceptions.js'

export const UNSETTLED_HINT =
  'a promise without an event, timer or open socket behind it never settles: did the connection close before the answer came?'

const LISTED = 5

/** @param places  the `await`s of the function, one of which it waits at, as `file:line:column`; empty when unknown */
export function describeUnsettled(name: string, places: readonly string[]): ExceptionText {
  const message = `${name}() never came to its end: nothing is left that could settle the promise it waits for`
  const [only] = places
  if (only === undefined) return { text: message, message, place: '' }
  if (places.length === 1) return { text: `${message}\n\tat ${name} (${only})`, message, place: only }
  const listed = either([...places.slice(0, LISTED), ...(places.length > LISTED ? ['further on'] : [])])
  return { text: `${message}\n\tit waits at ${listed}`, message: `${message} (it waits at ${listed})`, place: '' }
}

function either(parts: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(parts)
}
