/**
 * `Object.assign(wrapper, fn)` copies what scripts hang on a function, and must not copy its other forms with it: calls of
 * `wrapper` would run the body of `fn`. They are enumerable because properties that are not make each function dear to create.
 */
import { PAUSE, QUICK } from './pause.js'

type Forms = { [PAUSE]?: unknown; [QUICK]?: unknown }

/** Replaces the built-in of a realm. Anything but copying from function to function is none of its business. */
export function keepFormsOutOfAssign(realm: typeof globalThis): void {
  const native = realm.Object.assign as (target: unknown, ...sources: unknown[]) => unknown
  const { assign } = {
    // As long as the built-in: it has a length of 2.
    assign(target: unknown, _source: unknown): unknown {
      if (typeof target !== 'function' || !someIsFunction(arguments)) {
        return native.apply(this, arguments as unknown as [unknown])
      }
      const forms = target as Forms
      const { [PAUSE]: twin, [QUICK]: quick } = forms
      const result = native.apply(this, arguments as unknown as [unknown])
      if (forms[PAUSE] !== twin) forms[PAUSE] = twin
      if (forms[QUICK] !== quick) forms[QUICK] = quick
      return result
    },
  }
  Object.defineProperty(realm.Object, 'assign', {
    value: assign,
    writable: true,
    configurable: true,
    enumerable: false,
  })
}

function someIsFunction(args: IArguments): boolean {
  for (let i = 1; i < args.length; i++) if (typeof args[i] === 'function') return true
  return false
}
