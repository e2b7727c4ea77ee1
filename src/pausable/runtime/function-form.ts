/** What the script compiler tells `ScriptRuntime.make` about a function: a sum of these, written into the compiled program. */
export const ASYNC = 1
export const GENERATOR = 2
export const ARROW = 4
export const METHOD = 8
export const STATIC = 16
/** The body is a function of `new.target` that returns the generator function. */
export const NEW_TARGET = 32
/** The arrow function's `this` is given as a function, because it may not exist yet. */
export const LAZY_THIS = 64
/** A generator whose parameters may pause: its body yields BEGUN when they have their values. */
export const BEGINS = 512
