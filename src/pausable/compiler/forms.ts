/** The number that says in the compiled program what sort of function a twin belongs to. */
import { ARROW, ASYNC, GENERATOR, METHOD } from '../runtime/function-form.js'
import type { FunctionInfo } from './scope.js'

export { BEGINS, LAZY_THIS, NEW_TARGET, STATIC } from '../runtime/function-form.js'

export function ofInfo(info: FunctionInfo): number {
  const shape = info.kind === 'arrow' ? ARROW : info.kind === 'method' ? METHOD : 0
  return shape | (info.async ? ASYNC : 0) | (info.generator ? GENERATOR : 0)
}
