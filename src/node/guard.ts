/**
 * Node's modules as all VUs of a shard share them: a package that puts a function of its own in the place of one would do so for all of
 * them, and again for each VU. The function stays as it is, and the log says so, once.
 */
import { currentVuOrNone } from './current.js'
import { callingPackage } from './refusal.js'

const told = new Set<string>()

/** Functions of `module` cannot be replaced there; in objects that inherit or copy them they can. */
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
