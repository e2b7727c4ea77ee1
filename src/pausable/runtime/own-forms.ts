/**
 * The pausable form of a function (its twin, a property under PAUSE) belongs to that function alone. `Object.assign(wrapper, login)` copies
 * the properties of `login` to `wrapper`; if it copied the twin, too, a call of `wrapper` in pausable code would run `login`. A function
 * whose prototype is `login` would inherit the twin in the same way. So the built-ins that copy properties, list them or set a prototype
 * are replaced by ones that leave twins out.
 *
 * Twins are enumerable properties all the same: V8 takes several times as long to make a function with a property that is not.
 */
import { PAUSE } from './pause.js'

type Forms = { [PAUSE]?: unknown }
type Native = (...args: any[]) => any

/** Replaces built-ins of a realm. What they do with objects that are not functions stays as it is. */
export function keepFormsOwn(realm: typeof globalThis): void {
  replace(realm.Object, 'assign', assign)
  replace(realm.Object, 'getOwnPropertySymbols', listing)
  replace(realm.Reflect, 'ownKeys', listing)
  replace(realm.Object, 'getOwnPropertyDescriptors', descriptors)
  for (const owner of [realm.Object, realm.Reflect]) replace(owner, 'setPrototypeOf', inheritance)
}

/** @param make gives the new function, whose name and length are those of the built-in */
function replace(owner: object, name: string, make: (native: Native) => Native): void {
  const native = (owner as Record<string, Native>)[name]!
  const value = make(native)
  Object.defineProperty(value, 'name', { value: name })
  Object.defineProperty(value, 'length', { value: native.length })
  Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false })
}

function assign(native: Native): Native {
  return (...args) => {
    const [target, ...sources] = args
    if (typeof target !== 'function' || !sources.some((source) => typeof source === 'function')) return native(...args)
    const forms = target as Forms
    const twin = forms[PAUSE]
    const result = native(...args)
    if (forms[PAUSE] !== twin) forms[PAUSE] = twin
    return result
  }
}

function listing(native: Native): Native {
  return (...args) => {
    const keys = native(...args) as PropertyKey[]
    return typeof args[0] === 'function' ? keys.filter((key) => key !== PAUSE) : keys
  }
}

function descriptors(native: Native): Native {
  return (...args) => {
    const found = native(...args)
    if (typeof args[0] === 'function') delete found[PAUSE]
    return found
  }
}

/** A function whose prototype is a function with a twin gets a property of its own, undefined, that hides that twin. */
function inheritance(native: Native): Native {
  return (...args) => {
    const [target, parent] = args
    const result = native(...args)
    if (typeof target !== 'function' || typeof parent !== 'function') return result
    if (!Object.hasOwn(target, PAUSE) && (target as Forms)[PAUSE] !== undefined) {
      Reflect.defineProperty(target, PAUSE, { value: undefined, writable: true, configurable: true })
    }
    return result
  }
}
