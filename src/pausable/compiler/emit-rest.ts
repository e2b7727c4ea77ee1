/** Functions that a quick form has for parts of its text: each has variables of its own. */
import type { Node } from './ast.js'
import type { Emitter, FunctionState } from './emit.js'
import { hoistText } from './emit-function.js'
import type { QuickList } from './quick-plan.js'

/** The statements whose declarations belong to the list itself. Nothing runs after a result, but functions are declared there. */
export function keptIn({ statements, kept, step }: QuickList): readonly Node[] {
  return step?.kind === 'result'
    ? [...statements.slice(0, kept), ...statements.slice(kept + 1)]
    : statements.slice(0, kept)
}

/** Emits the text of such a function. Returns what declares its variables. */
export function within(emitter: Emitter, form: 'quick' | 'paused', body: () => void, isWrapped = false): string {
  const outer = emitter.state
  const state: FunctionState = {
    ...outer,
    paused: form === 'paused',
    quick: form === 'quick',
    temps: 0,
    maxTemps: 0,
    restName: '',
    isWrapped,
    outer,
  }
  emitter.state = state
  body()
  emitter.state = outer
  return emitter.declarations(state)
}

/** The start of a function that holds `list`, whose text `body` emits. `isWrapped` as in FunctionState. */
export function restOpening(
  emitter: Emitter,
  param: string,
  list: QuickList,
  body: () => void,
  isWrapped = false,
): string {
  return `${restName(emitter)} = (${param}) => {${restStart(emitter, list, body, isWrapped)}`
}

/** The variable that such functions are assigned to, so that they have a name by which stacks know them. */
export function restName({ state }: Emitter): string {
  state.restName = `${state.twinName.slice(0, -'twin'.length)}rest`
  return state.restName
}

/** What the body of the function begins with, or a block that is all of its body (`keyword` is `let` then). */
export function restStart(
  emitter: Emitter,
  list: QuickList,
  body: () => void,
  isWrapped = false,
  keyword: 'var' | 'let' = 'var',
): string {
  const declarations = within(emitter, 'quick', body, isWrapped)
  return `${declarations}${hoistText(emitter, [...keptIn(list)], keyword)} `
}
