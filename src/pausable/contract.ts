/**
 * What the compiler and the runtime have agreed on: the names that a compiled program finds in its two arguments, and the numbers
 * by which it says what sort of function it makes. A program runs on the runtime of the version that compiled it, so both sides
 * change together.
 *
 *   function ($$world, $$rt) { …; var login = $$rt.make(1, function* login$$twin() { … }, "login", 0); … }
 */

/**
 * Sorts of compiled programs: 'plain' and 'async' are called as they are, 'pausable' and 'pausable-async' are generators of the
 * runtime's. The async ones give a promise of the exports.
 */
export type ProgramKind = 'plain' | 'async' | 'pausable' | 'pausable-async'

/** Names of `$$rt`; ScriptRuntime (runtime/script-runtime.ts) says what each does. */
export const RUNTIME_NAMES = [
  // making functions
  'pause',
  'make',
  'methods',
  'object',
  'key',
  'named',
  'privateMethod',
  'super',
  'begun',
  // calling them
  'call',
  'next',
  'rest',
  'wrapped',
  'bound',
  'bind',
  'eval',
  'evaluated',
  'newPromise',
  'react',
  // promises and iterators
  'wait',
  'yielded',
  'steps',
  'collect',
  'delegate',
  'asyncSteps',
  'delegateAsync',
  // errors as the language says them
  'thrown',
  'callee',
  'uncallable',
  'holder',
  'constructible',
  'iterable',
  'asyncIterable',
  'spread',
  'destructible',
  // global names and exports
  'free',
  'existing',
  'writable',
  'declared',
  'sloppyThis',
  'reexport',
] as const
export type RuntimeName = (typeof RUNTIME_NAMES)[number]

/** Names of `$$world`; World (modules/world.ts) says what each is. */
export const WORLD_NAMES = ['global', 'namespace', 'missing', 'meta', 'metaOf'] as const
export type WorldName = (typeof WORLD_NAMES)[number]

// The form of a function: a sum of these.
export const ASYNC = 1
export const GENERATOR = 2
export const ARROW = 4
export const METHOD = 8
export const STATIC = 16
/** The body is a function of `new.target` that returns the generator function. */
export const NEW_TARGET = 32
/** The arrow function's `this` is given as a function, because it may not exist yet. */
export const LAZY_THIS = 64
/** A generator whose parameters may pause: its body yields `begun` when they have their values. */
export const BEGINS = 128
