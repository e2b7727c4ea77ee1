/** `WebAssembly` whose promises, which V8 settles when another thread has compiled, are settled in tasks of the VU. */
import { asTaskPromise } from './current.js'

type Compile = (...args: unknown[]) => Promise<unknown>

export function webAssembly(): object {
  // The types of Node name its parts only.
  const { WebAssembly: real } = globalThis as unknown as { WebAssembly: Record<'compile' | 'instantiate', Compile> }
  const asTasks = (method: Compile): PropertyDescriptor => ({
    value: (...args: unknown[]) => asTaskPromise(method.apply(real, args)),
    writable: true,
    configurable: true,
  })
  return Object.create(real, { compile: asTasks(real.compile), instantiate: asTasks(real.instantiate) }) as object
}
