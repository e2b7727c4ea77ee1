/**
 * The error of a pause where there is nothing to pause: between the blocking call and the VU is a function that the language
 * calls itself (a sort comparator, a getter, a constructor …). Who that is, is read from the stack.
 */

/** Positions of the compiled program as the user knows them; `createPositionMapper` makes one. */
export interface Positions {
  mapStack(stack: string): string
  map(line: number, column: number): { source: string; line: number; column: number } | undefined
}

export class CannotPauseError extends Error {
  readonly code = 'ERR_CANNOT_PAUSE'
}

/** Who called into the script where no pause is possible; undefined when the language's job queue did. */
export interface NativeCaller {
  /** With article: `a sort comparator`. */
  what: string
  /** The noun in "Move the call out of the …". */
  noun: string
  /** `file:line:column`, or empty when unknown. */
  place: string
}

export function cannotPause(call: string, caller: NativeCaller): CannotPauseError {
  const place = caller.place ? ` at ${caller.place}` : ''
  return new CannotPauseError(
    `${call} cannot pause here: it was called from ${caller.what}${place}. Move the call out of the ${caller.noun}.`,
  )
}

const NATIVE_CALLERS: readonly (readonly [RegExp, string, string])[] = [
  [/\.(sort|toSorted)$/, 'a sort comparator', 'comparator'],
  [/\.(replace|replaceAll|\[Symbol\.replace\])$/, 'a replace callback', 'callback'],
  [/JSON\.stringify$/, 'toJSON() or a replacer of JSON.stringify()', 'callback'],
  [/JSON\.parse$/, 'a reviver of JSON.parse()', 'callback'],
  [/^new Promise$/, 'a Promise executor', 'executor'],
  [/Generator\.(next|return|throw)$|\.next$/, 'a generator that the language runs', 'generator'],
]

/** Functions that V8 calls without a frame of its own in the stack. They are known by the name of the function that is called. */
const LANGUAGE_CALLS: readonly (readonly [RegExp, string, string])[] = [
  [/(^|\.)(next|return|throw)\b/, 'a generator that the language runs', 'generator'],
  [/(^|\.)(toString|valueOf)\b/, 'a conversion to a primitive value', 'method'],
]

/** @param file the name under which the program was evaluated */
export function nativeCaller(file: string, positions: Positions | undefined): NativeCaller | undefined {
  const frames = currentFrames().map((line) => parseFrame(line, file))
  const first = frames.findIndex((frame) => frame.isProgram || frame.isNative)
  const caller = frames[first]
  if (!caller) return undefined
  const below = frames.slice(first).find((frame) => frame.isProgram)
  if (!below) return undefined
  return { ...describe(caller, frames[first - 1]?.name ?? ''), place: placeOf(below, positions) }
}

interface Frame {
  name: string
  isProgram: boolean
  isNative: boolean
  position: string
}

function currentFrames(): string[] {
  const { stackTraceLimit, prepareStackTrace } = Error
  // The stack as the language has it, not as the script is to see it.
  Object.assign(Error, { stackTraceLimit: 40, prepareStackTrace: undefined })
  const { stack } = new Error()
  Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  return (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line) && !/^\s+at async /.test(line))
}

function parseFrame(line: string, file: string): Frame {
  const [, name = '', place = ''] = /^\s+at (?:(.*) \()?(.*?)\)?$/.exec(line) ?? []
  return { name, isProgram: place.startsWith(`${file}:`), isNative: place === '<anonymous>', position: place }
}

/** @param called name of the frame above, which is sockeye's form of the function that the caller calls */
function describe({ name, isNative }: Frame, called: string): { what: string; noun: string } {
  if (isNative) {
    const known = NATIVE_CALLERS.find(([pattern]) => pattern.test(name))
    if (known) return { what: known[1], noun: known[2] }
    // V8 calls the receiver of a static method by its class: Function.from, of Array.from().
    return { what: `a callback of ${name.replace(/^Function\./, '')}()`, noun: 'callback' }
  }
  if (name.startsWith('new ')) return { what: `the constructor of ${name.slice(4)}`, noun: 'constructor' }
  if (/(^|\.| )get /.test(name)) return { what: 'a getter', noun: 'getter' }
  if (/(^|\.| )set /.test(name)) return { what: 'a setter', noun: 'setter' }
  if (name.startsWith('eval (eval at')) return { what: 'code made by eval() or Function()', noun: 'code' }
  if (/initializer>$/.test(name)) return { what: 'the initial value of a class field', noun: 'class' }
  const known = LANGUAGE_CALLS.find(([pattern]) => pattern.test(called))
  if (known) return { what: known[1], noun: known[2] }
  const own = name.replace(/\$\$\d*_?twin$/, '')
  return { what: own ? `${own}(), which cannot pause` : 'a function that cannot pause', noun: 'function' }
}

function placeOf({ position }: Frame, positions: Positions | undefined): string {
  const [line, column] = position.split(':').slice(-2).map(Number)
  const found = positions?.map(line!, column!)
  return found ? `${found.source}:${found.line}:${found.column}` : position
}
