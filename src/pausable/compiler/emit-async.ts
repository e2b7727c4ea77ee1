/**
 * `await`, `yield` and the loops over iterators, in functions that became generators of the runtime. Besides pauses their
 * bodies yield two marks, made by `wait` and `yielded` of the runtime, which say what the function itself awaits or yields.
 *
 * When nothing in the program can pause, all of these stay as they are.
 */
import type { Node } from './ast.js'
import { Edits } from './edits.js'
import type { Emitter } from './emit.js'
import { visitIterated } from './emit-call.js'
import { visitLeft } from './emit-pattern.js'
import { renderDestructured } from './render.js'

export function visitAwait(emitter: Emitter, node: Node): void {
  if (!emitter.state.paused) {
    emitter.visit(node.argument)
    return
  }
  emitter.edits.replace(node.start, node.argument.start, `(yield ${emitter.runtime('wait')}((`, node.start)
  emitter.visit(node.argument)
  emitter.edits.replace(node.argument.end, node.end, ')))')
}

export function visitYield(emitter: Emitter, node: Node): void {
  const { edits, state } = emitter
  if (!state.paused) {
    if (node.argument) emitter.visit(node.argument)
    return
  }
  if (!node.argument) {
    edits.replace(node.start, node.end, `(yield ${emitter.runtime('yielded')}(undefined))`)
    return
  }
  const before = node.delegate
    ? `(yield* ${emitter.runtime(state.info.async ? 'delegateAsync' : 'delegate')}((`
    : state.info.async
      ? `(yield ${emitter.runtime('yielded')}(yield ${emitter.runtime('wait')}((`
      : `(yield ${emitter.runtime('yielded')}((`
  edits.replace(node.start, node.argument.start, before, node.start)
  emitter.visit(node.argument)
  edits.replace(node.argument.end, node.end, state.info.async && !node.delegate ? '))))' : ')))')
}

/** An async generator awaits what it returns. */
export function visitReturn(emitter: Emitter, node: Node): void {
  const { edits, state } = emitter
  if (!node.argument) return
  const waits = state.paused && state.info.async && state.info.generator
  if (waits) edits.insert(node.argument.start, `(yield ${emitter.runtime('wait')}((`)
  emitter.visit(node.argument)
  if (waits) edits.insert(node.argument.end, ')))')
}

export function visitForOf(emitter: Emitter, node: Node): void {
  if (isReplaced(emitter, node)) replaceLoop(emitter, node, '')
  else {
    visitLeft(emitter, node.left)
    visitIterated(emitter, node.right, node.await ? 'asyncIterable' : 'iterable')
    emitter.visit(node.body)
  }
}

/** Labels of a loop over an iterator belong to the loop that replaces it, inside the `try`. */
export function visitLabeled(emitter: Emitter, node: Node): void {
  let inner = node
  while (inner.type === 'LabeledStatement') inner = inner.body
  if (inner.type === 'ForOfStatement' && isReplaced(emitter, inner)) {
    const labels = emitter.source.slice(node.start, inner.start)
    emitter.edits.replace(node.start, inner.start, '')
    replaceLoop(emitter, inner, labels)
  } else emitter.visit(node.body)
}

function isReplaced({ state, plan }: Emitter, loop: Node): boolean {
  return state.paused && (loop.await || plan.sitePauses(loop))
}

/** In a block of its own, because it may be the one statement of an `if` or of another loop. */
function replaceLoop(emitter: Emitter, node: Node, labels: string): void {
  const [steps] = emitter.claimTemps(1)
  emitter.edits.insert(node.start, '{ ', node.start)
  if (node.await) forAwait(emitter, node, labels, steps!)
  else forSteps(emitter, node, labels, steps!)
  emitter.edits.insert(node.end, ' }')
  emitter.releaseTemps(1)
}

/**
 * for (const x of items) …   →   a loop whose turns begin with `next()`; when it is left early, `return()` follows. When nothing
 * about the iterator pauses the language does both:
 *
 *   $s = $$rt.steps(items); try { for (const $v of $s.source) { if (yield* $s.isOver($v)) break; const x = $s.value; … } }
 *   catch ($e) { if ($s.pauses) yield* $s.abandon(); throw $e } finally { if ($s.pauses) yield* $s.close() }
 */
function forSteps(emitter: Emitter, node: Node, labels: string, steps: string): void {
  const { edits, names } = emitter
  const item = `${names.prefix}v`
  const error = `${names.prefix}e`
  const left = loopVariable(emitter, node.left, `${steps}.value`)
  edits.replace(node.start, node.right.start, `${steps} = ${emitter.runtime('steps')}((`, node.start)
  visitIterated(emitter, node.right, 'iterable', true)
  const loop = `${labels}for (const ${item} of ${steps}.source) { if (yield* ${steps}.isOver(${item})) break; ${left} `
  edits.replace(node.right.end, node.body.start, `)); try { ${loop}`)
  emitter.visit(node.body)
  const abandon = `catch (${error}) { if (${steps}.pauses) yield* ${steps}.abandon(); throw ${error} }`
  edits.insert(node.end, ` } } ${abandon} finally { if (${steps}.pauses) yield* ${steps}.close() }`)
}

/** for await (const x of items) …   →   a loop that awaits `next()` and, when it is left early, `return()`. */
function forAwait(emitter: Emitter, node: Node, labels: string, steps: string): void {
  const { edits, names } = emitter
  const error = `${names.prefix}e`
  const left = loopVariable(emitter, node.left, `${steps}.value`)
  edits.replace(node.start, node.right.start, `${steps} = ${emitter.runtime('asyncSteps')}((`, node.start)
  visitIterated(emitter, node.right, 'asyncIterable', true)
  const head = `)); try { ${labels}for (; !(yield* ${steps}.isOver()); ) { ${left} `
  edits.replace(node.right.end, node.body.start, head)
  emitter.visit(node.body)
  const close = `catch (${error}) { yield* ${steps}.abandon(); throw ${error} } finally { yield* ${steps}.close() }`
  edits.insert(node.end, ` } } ${close}`)
}

/** The statement that gives the loop's variable its value, as text: it moves from before the iterable into the body. */
function loopVariable(emitter: Emitter, left: Node, value: string): string {
  const outer = emitter.edits
  const own = new Edits(emitter.source)
  emitter.edits = own
  visitLeft(emitter, left)
  emitter.edits = outer
  const text = own.text(left.start, left.end)
  if (left.type !== 'VariableDeclaration') return `(${text} = ${value});`
  const { id } = left.declarations[0]
  // V8 says `.for` for the value of each turn.
  const error = id.type === 'ObjectPattern' ? renderDestructured(id, '.for') : undefined
  return `${text} = ${error ? `${emitter.runtime('destructible')}(${value}, ${JSON.stringify(error)})` : value};`
}
