/**
 * Hints for errors that scripts see. The errors have k6's texts and properties, so a hint is kept apart from its error. It is shown when the
 * error is logged.
 */
const hints = new WeakMap<object, string>()

/** Adds a hint, and returns the error. */
export function withHint<T extends object>(error: T, hint: string): T {
  hints.set(error, hint)
  return error
}

export function hintOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  return hints.get(error) ?? (error instanceof ReferenceError ? hintOfName(error.message) : undefined)
}

/** What to do instead of using names that Node or browsers have. */
const INSTEAD: Readonly<Record<string, string>> = {
  XMLHttpRequest: 'use fetch or k6/http',
  __dirname: "open('./file') is relative to the script",
  __filename: "open('./file') is relative to the script",
  window: 'the global object is globalThis',
  document: 'scripts run in no browser',
  module: mixedModules('module'),
  exports: mixedModules('exports'),
}

/** For names that exist only in CommonJS modules. */
function mixedModules(name: string): string {
  return `you are trying to access identifier "${name}", this likely is due to mixing ECMAScript Modules (ESM) and CommonJS syntax. This isn't supported in the JavaScript standard, please use only one or the other`
}

function hintOfName(message: string): string | undefined {
  const name = /^(\w+) is not defined$/.exec(message)?.[1]
  return name !== undefined && Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined
}
