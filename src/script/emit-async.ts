/**
 * `await`, `yield` and the loops over iterators, in functions that became generators of the runtime. Besides pauses their
 * bodies yield two marks, made by `wait` and `yielded` of the runtime, which say what the function itself awaits or yields.
 *
 * When nothing in the program can pause, all of these stay as they are.
 */
import type { Node } from './ast.js'
import { Edits } from './edits.js'
import { type Emitter, visitLeft } from './emit.js'

export function visitAwait(emitter: Emitter, node: Node): void {
  if (!emitter.state.paused) {
    emitter.visit(node.argument)
    return
  }
  emitter.edits.replace(node.start, node.argument.start, `(yield ${emitter.names.runtime}.wait((`, node.start)
  emitter.visit(node.argument)
  emitter.edits.replace(node.argument.end, node.end, ')))')
}

export function visitYield(emitter: Emitter, node: Node): void {
  const { edits, names, state } = emitter
  if (!state.paused) {
    if (node.argument) emitter.visit(node.argument)
    return
  }
  const { runtime } = names
  if (!node.argument) {
    edits.replace(node.start, node.end, `(yield ${runtime}.yielded(undefined))`)
    return
  }
  const before = node.delegate
    ? `(yield* ${runtime}.${state.info.async ? 'delegateAsync' : 'delegate'}((`
    : state.info.async
      ? `(yield ${runtime}.yielded(yield ${runtime}.wait((`
      : `(yield ${runtime}.yielded((`
  edits.replace(node.start, node.argument.start, before, node.start)
  emitter.visit(node.argument)
  edits.replace(node.argument.end, node.end, state.info.async && !node.delegate ? '))))' : ')))')
}

/** An async generator awaits what it returns. */
export function visitReturn(emitter: Emitter, node: Node): void {
  const { edits, state } = emitter
  if (!node.argument) return
  const waits = state.paused && state.info.async && state.info.generator
  if (waits) edits.insert(node.argument.start, `(yield ${emitter.names.runtime}.wait((`)
  emitter.visit(node.argument)
  if (waits) edits.insert(node.argument.end, ')))')
}

export function visitForOf(emitter: Emitter, node: Node): void {
  if (emitter.state.paused && node.await) forAwait(emitter, node, '')
  else if (emitter.state.paused && emitter.plan.sitePauses(node)) forSteps(emitter, node)
  else {
    visitLeft(emitter, node.left)
    emitter.visit(node.right)
    emitter.visit(node.body)
  }
}

/** Labels of a `for await` belong to the loop that replaces it, inside the `try`. */
export function visitLabeled(emitter: Emitter, node: Node): void {
  let inner = node
  while (inner.type === 'LabeledStatement') inner = inner.body
  if (inner.type === 'ForOfStatement' && inner.await && emitter.state.paused) {
    const labels = emitter.source.slice(node.start, inner.start)
    emitter.edits.replace(node.start, inner.start, '')
    forAwait(emitter, inner, labels)
  } else emitter.visit(node.body)
}

/**
 * for (const x of items) …   →   for (const $v of ($s = $$rt.steps(items)).source) { if (yield* $s.isOver($v)) break; const x = $s.value; … }
 *
 * The native loop goes on closing the iterator when the body leaves it early.
 */
function forSteps(emitter: Emitter, node: Node): void {
  const { edits, names } = emitter
  const [steps] = emitter.claimTemps(1)
  const item = `${names.prefix}v`
  const left = loopVariable(emitter, node.left, `${steps}.value`)
  edits.replace(node.start, node.right.start, `for (const ${item} of (${steps} = ${names.runtime}.steps((`, node.start)
  emitter.visit(node.right)
  edits.replace(node.right.end, node.body.start, `))).source) { if (yield* ${steps}.isOver(${item})) break; ${left} `)
  emitter.visit(node.body)
  edits.insert(node.end, ' }')
  emitter.releaseTemps(1)
}

/** for await (const x of items) …   →   a loop that awaits `next()` and, when it is left early, `return()`. */
function forAwait(emitter: Emitter, node: Node, labels: string): void {
  const { edits, names } = emitter
  const [steps] = emitter.claimTemps(1)
  const error = `${names.prefix}e`
  const left = loopVariable(emitter, node.left, `${steps}.value`)
  edits.replace(node.start, node.right.start, `${steps} = ${names.runtime}.asyncSteps((`, node.start)
  emitter.visit(node.right)
  const head = `)); try { ${labels}for (; !(yield* ${steps}.isOver()); ) { ${left} `
  edits.replace(node.right.end, node.body.start, head)
  emitter.visit(node.body)
  const close = `catch (${error}) { yield* ${steps}.abandon(); throw ${error} } finally { yield* ${steps}.close() }`
  edits.insert(node.end, ` } } ${close}`)
  emitter.releaseTemps(1)
}

/** The statement that gives the loop's variable its value, as text: it moves from before the iterable into the body. */
export function loopVariable(emitter: Emitter, left: Node, value: string): string {
  const outer = emitter.edits
  const own = new Edits(emitter.source)
  emitter.edits = own
  visitLeft(emitter, left)
  emitter.edits = outer
  const text = own.text(left.start, left.end)
  return left.type === 'VariableDeclaration' ? `${text} = ${value};` : `(${text} = ${value});`
}
