/**
 * The text of quick forms, as quick-plan.ts has laid them out. A quick form returns its result, or `$$S` when it paused; then the
 * generator that goes on from there is the runtime's to be taken:
 *
 *   return f(x)               →   return call of f, and `$$S` passed on
 *   const a = f(x).b; REST    →   return ($0 = (f(x)), f$$rest = ($$x) => { const a = $$x.b; REST }, $0 === $$S ? later : f$$rest($0));
 *   if (T) f(x); REST         →   return ($0 = (f$$rest = () => { if (T) f(x) })(), f$$rest = () => { REST }, the same);
 *   while (T) f(x)            →   { $1 = f$$rest = () => (T); $2 = f$$rest = () => { f(x) }; … }       emit-quick-blocks.ts
 *   for (a in …) f(x); REST   →   return $$rt.start(($$k0 ??= function* f$$twin(a, b) { for (…) f(x); REST })(a, b));
 *
 * `later` is a generator with the position of the call and the name of the function, for the stacks of errors after the pause.
 */
import type { Node } from './ast.js'
import { NOWHERE } from './edits.js'
import { type Emitter, visitStatements } from './emit.js'
import { positionOf } from './emit-call.js'
import { hoistText } from './emit-function.js'
import { emitAttempt, emitLoop } from './emit-quick-blocks.js'
import { keptIn, restOpening, within } from './emit-rest.js'
import type { QuickList, StepOf } from './quick-plan.js'
import { branchesOf } from './statements.js'

/** The statements of a list; what declares its functions must be in front of them already (`hoistText` of `keptIn`). */
export function emitQuickList(emitter: Emitter, list: QuickList): void {
  for (const statement of list.statements.slice(0, list.kept)) keptStatement(emitter, statement, list)
  const { step } = list
  switch (step?.kind) {
    case 'generator':
      emitGenerator(emitter, list.statements.slice(list.kept), step.captured)
      return
    case 'result':
      emitResult(emitter, list.statements.slice(list.kept), step.calls)
      return
    case 'value':
      emitValue(emitter, list.statements.slice(list.kept), step)
      return
    case 'wrapped':
      emitWrapped(emitter, list.statements.slice(list.kept), step)
      return
    case 'loop':
      emitLoop(emitter, list.statements[list.kept]!, step, emitQuickList)
      return
    case 'attempt':
      emitAttempt(emitter, list.statements[list.kept]!, step, emitQuickList)
  }
}

function keptStatement(emitter: Emitter, statement: Node, list: QuickList): void {
  const lists = branchesOf(statement).filter((branch) => list.branches.has(branch))
  if (lists.length === 0) visitStatements(emitter, [statement])
  else {
    if (statement.type === 'IfStatement') emitter.visit(statement.test)
    for (const branch of branchesOf(statement)) emitBranch(emitter, branch, list.branches.get(branch))
  }
}

function emitBranch(emitter: Emitter, branch: Node, list: QuickList | undefined): void {
  const { edits } = emitter
  if (!list) {
    emitter.visit(branch)
    return
  }
  const isBlock = branch.type === 'BlockStatement'
  const hoisted = hoistText(emitter, [...keptIn(list)], 'let')
  if (isBlock) edits.insert(branch.start + 1, hoisted)
  else edits.insert(branch.start, ` { ${hoisted}`)
  emitQuickList(emitter, list)
  if (!isBlock) edits.insert(branch.end, ' }')
}

function emitGenerator(emitter: Emitter, statements: Node[], captured: readonly string[]): void {
  const { edits, names, state } = emitter
  const { self } = state.renames
  const passed = self ? [self, ...captured] : captured
  const at = statements[0]!.start
  const opening = `function* ${state.twinName}(${passed.join(', ')}) {`
  const [head, tail] = emitter.once(opening).split(opening) as [string, string]
  edits.insert(at, `return ${names.runtime}.start(${head}${opening}`, NOWHERE)
  const slot = edits.reserve(at)
  const hoisted = hoistText(emitter, statements, 'var')
  slot.text = within(emitter, 'paused', () => visitStatements(emitter, statements)) + hoisted
  const call = state.info.usesThis && !self ? `.call(${['this', ...passed].join(', ')})` : `(${passed.join(', ')})`
  edits.insert(statements.at(-1)!.end, ` }${tail}${call});`, NOWHERE)
}

function emitResult(emitter: Emitter, [statement, ...unreached]: Node[], calls: readonly Node[]): void {
  visitCalls(emitter, statement!, calls, 'result')
  visitStatements(emitter, unreached)
}

/** An expression that ends with one of `calls`. As one of several, or as a result, each says itself where a stack passes it. */
export function visitCalls(emitter: Emitter, node: Node, calls: readonly Node[], use: 'value' | 'result'): void {
  const { state } = emitter
  state.quickCalls = use === 'result' || calls.length > 1 ? 'framed' : 'bare'
  emitter.visit(node)
  state.quickCalls = 'bare'
}

function emitValue(emitter: Emitter, statements: Node[], step: StepOf<'value'>): void {
  const { edits, names, state } = emitter
  const { value, calls } = step
  const [statement] = statements as [Node]
  const [result] = emitter.claimTemps(1) as [string]
  const at = calls.length === 1 ? positionOf(calls[0]!.callee) : NOWHERE
  edits.replace(statement.start, value.start, `return (${result} = (`)
  visitCalls(emitter, value, calls, 'value')
  if (isDropped(statements, value) && state.isWrapped) edits.replace(value.end, statement.end, '));')
  else if (isDropped(statements, value)) {
    const generator = emitter.shared({ text: `function* ${state.twinName}(p) { yield* p }`, at })
    const later = `${names.runtime}.later(${generator}(${names.runtime}.take()))`
    edits.replace(value.end, statement.end, `), ${result} === ${names.suspended} ? ${later} : void 0);`, at)
  } else {
    const slot = edits.reserve(value.end)
    const before = { text: '' }
    emitter.moved.set(statement, before)
    const lead = emitter.source.slice(statement.start, value.start)
    value.isEmitted = true
    const opening = restOpening(emitter, `${names.prefix}x`, step.rest, () => emitQuickList(emitter, step.rest))
    slot.text = `), ${opening}${before.text}${lead}${names.prefix}x`
    goOn(emitter, statements.at(-1)!.end, result, at)
  }
  emitter.releaseTemps(1)
}

function emitWrapped(emitter: Emitter, statements: Node[], step: StepOf<'wrapped'>): void {
  const { edits } = emitter
  const [statement, next] = statements as [Node, Node]
  const [result] = emitter.claimTemps(1) as [string]
  const inner = emitter.moved.get(statement) ?? edits.reserve(statement.start)
  const call = soleCall(step.inner)
  const isWrapped = call !== undefined
  inner.text = `return (${result} = (${restOpening(emitter, '', step.inner, () => emitQuickList(emitter, step.inner), isWrapped)}`
  edits.insert(statement.end, ' })(), ')
  const rest = edits.reserve(next.start)
  rest.text = restOpening(emitter, '', step.rest, () => emitQuickList(emitter, step.rest))
  goOn(emitter, statements.at(-1)!.end, result, call ? positionOf(call.callee) : NOWHERE)
  emitter.releaseTemps(1)
}

/** The statement is a call whose value nobody wants, and the last. */
function isDropped(statements: readonly Node[], value: Node): boolean {
  return statements.length === 1 && statements[0]!.expression === value
}

/** The call, when a list is nothing but a condition with one call that may pause, at its end. */
function soleCall({ kept, statements, branches, step }: QuickList): Node | undefined {
  const [list, another] = branches.values()
  if (step || kept !== statements.length || !list || another) return undefined
  if (list.step?.kind !== 'value') return soleCall(list)
  const isLast = isDropped(list.statements.slice(list.kept), list.step.value)
  return isLast && list.branches.size === 0 && list.step.calls.length === 1 ? list.step.calls[0] : undefined
}

/**
 * Ends a value and its rest: runs the rest with the value, at once or after the pause. A stack shows the generator only while it
 * waits for the call at `at` (which must be a statement of its own, or V8 gives another position): what the rest calls is in a
 * frame of its own.
 */
function goOn(emitter: Emitter, end: number, result: string, at: number): void {
  const { edits, names, state } = emitter
  const { runtime, suspended } = names
  const { sharedTake, sharedSuspended } = names
  const generator = emitter.shared(
    { text: `function* ${state.twinName}(p, k) {`, at: NOWHERE },
    { text: ' p = yield* p;', at },
    { text: ` p = k(p); return p === ${sharedSuspended} ? yield* ${sharedTake}() : p }`, at: NOWHERE },
  )
  const later = `${runtime}.later(${generator}(${runtime}.take(), ${state.restName}))`
  edits.insert(end, ` }, ${result} === ${suspended} ? ${later} : ${state.restName}(${result}));`, NOWHERE)
}
