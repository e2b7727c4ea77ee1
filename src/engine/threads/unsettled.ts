/** What is said of a function whose promise can never settle, because nothing is left that could settle it. */
import type { ExceptionText } from './exceptions.js'

export const UNSETTLED_HINT =
  'a promise without an event, timer or open socket behind it never settles: did the connection close before the answer came?'

const LISTED = 5

/** `awaits` are the places where the function awaits, `file:line:column`; none when they are not known. */
export function describeUnsettled(name: string, awaits: readonly string[]): ExceptionText {
  const message = `${name}() never came to its end: nothing is left that could settle the promise it waits for`
  const [only] = awaits
  if (only === undefined) return { text: message, message, place: '' }
  if (awaits.length === 1) return { text: `${message}\n\tat ${name} (${only})`, message, place: only }
  const rest = awaits.length > LISTED ? `, or one of ${awaits.length - LISTED} more` : ''
  const places = `${awaits.slice(0, LISTED).join(', ')}${rest}`
  return { text: `${message}\n\tit awaits at ${places}`, message: `${message} (it awaits at ${places})`, place: '' }
}
