/** `WebAssembly` of the language, which compiles on other threads. Its promises settle in tasks of the VU. */
import { asTaskPromise } from './current.js'

type Compile = (...args: unknown[]) => Promise<unknown>

export function webAssembly(): object {
  // Node's types do not have the object itself.
  const { WebAssembly: real } = globalThis as unknown as { WebAssembly: Record<'compile' | 'instantiate', Compile> }
  const asTasks = (method: Compile): PropertyDescriptor => ({
    value: (...args: unknown[]) => asTaskPromise(method.apply(real, args)),
    writable: true,
    configurable: true,
  })
  return Object.create(real, { compile: asTasks(real.compile), instantiate: asTasks(real.instantiate) }) as object
}
