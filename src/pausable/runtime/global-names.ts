/**
 * Global names as compiled programs use them: properties of the VU's view of the global object.
 *
 * Errors  ReferenceError for a name that the view does not have, as in strict code
 */
type View = Record<string, unknown>

/** The value of a name that neither the script nor the language declares. The program asks when `view.name` is null or undefined. */
export function free(view: View, name: string): unknown {
  return existing(view, name)[name]
}

/** The object to read and then write a global on: `x++`. */
export function existing(view: View, name: string): View {
  if (name in view) return view
  throw new ReferenceError(`${name} is not defined`)
}

/** The object to write a global on: `x = f()`. A missing name must be an error only after `f()` was called, so a setter throws it. */
export function writable(view: View, name: string): View {
  if (name in view) return view
  const set = (): never => {
    throw new ReferenceError(`${name} is not defined`)
  }
  return Object.defineProperty({}, name, { set })
}

/** `var` and `function` at the top of what `eval` is given: globals of the VU. */
export function declared(view: View, names: readonly string[]): void {
  for (const name of names) if (!(name in view)) view[name] = undefined
}

/** `export * from`: all that `exports` does not have itself, but no default. */
export function reexport(exports: View, namespace: View): View {
  for (const name of Object.keys(namespace)) {
    if (name === 'default' || name in exports) continue
    Object.defineProperty(exports, name, { get: () => namespace[name], enumerable: true })
  }
  return exports
}
