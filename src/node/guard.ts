/**
 * Protects Node's modules, which all VUs of a shard share. A package that replaces a function of a module, as tracing packages do, would replace it for
 * all VUs, and once more for each VU. Here the function stays, and the log has one warning.
 */
import { currentVuOrNone } from './current.js'
import { callingPackage } from './refusal.js'

const told = new Set<string>()

/** Makes the functions of `module` permanent. In a copy of the module, or an object that inherits from it, they can be replaced. */
export function guarded<M extends object>(name: string, module: M): M {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
    const { value, configurable, enumerable } = descriptor
    if (typeof value !== 'function' || configurable !== true) continue
    Object.defineProperty(module, key, {
      get: () => value as unknown,
      set(this: object, replacement: unknown) {
        if (this === module) return tell(`${name}.${key}()`)
        Object.defineProperty(this, key, { value: replacement, writable: true, enumerable, configurable })
      },
      enumerable,
      configurable,
    })
  }
  return module
}

function tell(call: string): void {
  const vu = currentVuOrNone()
  if (vu === null || told.has(call)) return
  told.add(call)
  const name = callingPackage(new Error().stack ?? '')
  const who = name === undefined ? 'the script' : `the package ${name}`
  vu.shard.log.warning(`${call} stays as it is: ${who} would replace it for all VUs of a shard`)
}
