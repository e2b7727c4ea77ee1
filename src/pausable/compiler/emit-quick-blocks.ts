/**
 * Loops and `try` in quick forms: what they run becomes functions, which are run at once, or by a generator after a pause.
 *
 *   for (I; T; U) B       →   { I; $1 = f$$rest = () => (T); $2 = f$$rest = () => (U); $3 = f$$rest = () => { B };
 *                               for ($0 = void 0; $1(); $2()) if (($0 = $3()) !== void 0) break;
 *                               return $0 === $$S ? later : void 0; }
 *   for (const x of V) B  →   { $1 = $$rt.iterator((V), "V"); $2 = f$$rest = ($$v) => { const x = $$v; { B } };
 *                               for (const $$v of $1) if (($0 = $2($$v)) !== void 0) break;
 *                               return $0 === $$S ? later : void 0; }
 *   try A catch (e) C     →   { $1 = f$$rest = () => { A }; $2 = f$$rest = (e) => { C };
 *                               try { $0 = $1(); return $0 === $$S ? later : $0 } catch ($$e) { return $2($$e) } }
 *
 * A body returns nothing for the next turn, null for `break`, and `$$S` when it paused; it has no `return` of the script's. `later` is
 * a generator as in emit-quick.ts. Nothing follows the statement, so blocks of a `try` may return what the function returns.
 */
import type { Node } from './ast.js'
import { NOWHERE } from './edits.js'
import { declared, type Emitter } from './emit.js'
import { loopVariable } from './emit-async.js'
import { render } from './emit-call.js'
import { restName, restStart } from './emit-rest.js'
import type { QuickList, StepOf } from './quick-plan.js'

type EmitList = (emitter: Emitter, list: QuickList) => void

/** Writes the parts of a statement in the order of the source; `from` is where the text begins that the next one replaces. */
interface Writer {
  readonly emitter: Emitter
  readonly emitList: EmitList
  from: number
  /** What closes the part before. */
  before: string
}

export function emitLoop(emitter: Emitter, statement: Node, step: StepOf<'loop'>, emitList: EmitList): void {
  for (const exit of step.exits) emitter.exits.add(exit)
  if (statement.type === 'ForOfStatement') emitForOf(emitter, statement, step, emitList)
  else emitCountingLoop(emitter, statement, step, emitList)
}

function emitCountingLoop(emitter: Emitter, statement: Node, step: StepOf<'loop'>, emitList: EmitList): void {
  const [result, test, update, body] = emitter.claimTemps(4) as [string, string, string, string]
  const writer: Writer = { emitter, emitList, from: statement.start, before: '{ ' }
  const isPostTested = statement.type === 'DoWhileStatement'
  if (isPostTested) writeBlock(writer, body, statement.body, step.body)
  const { init } = statement
  if (init?.type === 'VariableDeclaration') writePart(writer, '', init, ';')
  else if (init) writePart(writer, '(', init, ');')
  if (statement.test) writePart(writer, arrow(emitter, test), statement.test, ');')
  if (statement.update) writePart(writer, arrow(emitter, update), statement.update, ');')
  if (!isPostTested) writeBlock(writer, body, statement.body, step.body)
  const [hasTest, hasUpdate] = [Boolean(statement.test), Boolean(statement.update)]
  const [tests, updates] = [hasTest ? `${test}()` : '', hasUpdate ? `${update}()` : '']
  const turns = isPostTested
    ? `do ${result} = ${body}(); while (${result} === void 0 && ${tests});`
    : `for (${result} = void 0; ${tests}; ${updates}) if ((${result} = ${body}()) !== void 0) break;`
  const args = [hasTest ? test : 'void 0', hasUpdate ? update : 'void 0', body]
  const later = laterText(emitter, loopGenerator(emitter, hasTest, hasUpdate), args)
  close(writer, statement, `${turns} return ${result} === ${emitter.names.suspended} ? ${later} : void 0; }`)
  emitter.releaseTemps(4)
}

/** Goes on with a body, then with the loop. */
function loopGenerator({ names, state }: Emitter, hasTest: boolean, hasUpdate: boolean): string {
  const turn = `${hasUpdate ? 'u(); ' : ''}${hasTest ? 'if (!t()) return; ' : ''}p = b();`
  const turns = `if ((yield* p) === null) return; do { ${turn} } while (p === void 0); if (p === null) return;`
  return `function* ${state.twinName}(p, t, u, b) { for (;;) { ${turns} p = ${names.sharedTake}() } }`
}

function emitForOf(emitter: Emitter, statement: Node, step: StepOf<'loop'>, emitList: EmitList): void {
  const { edits, names, state } = emitter
  const { left, right, body } = statement
  const [result, iterator, turn] = emitter.claimTemps(3) as [string, string, string]
  const item = `${names.prefix}v`
  const variable = loopVariable(emitter, left, item)
  edits.replace(statement.start, right.start, `{ ${iterator} = ${names.runtime}.iterator((`, right.start)
  emitter.visit(right)
  const writer: Writer = {
    emitter,
    emitList,
    from: right.end,
    before: `), ${JSON.stringify(renderIterable(right))}); `,
  }
  writeList(writer, `${turn} = ${restName(emitter)} = (${item}) => { ${variable} {`, body, step.body, 'let')
  const turns = `for (const ${item} of ${iterator}) if ((${result} = ${turn}(${item})) !== void 0) break;`
  // The turn that has paused is the first that `again` gives; leaving the loop closes the iterator.
  const next = `if (p === void 0) { p = b(v); if (p === ${names.sharedSuspended}) p = ${names.sharedTake}(); else if (p === null) return }`
  const paused = 'if (p !== void 0) { if ((yield* p) === null) return; p = void 0 }'
  const generator = `function* ${state.twinName}(p, i, b) { for (const v of i) { ${next} ${paused} } }`
  const later = laterText(emitter, generator, [`${names.runtime}.again(${iterator})`, turn])
  writer.before = ` }${writer.before}`
  close(
    writer,
    statement,
    `${result} = void 0; ${turns} return ${result} === ${names.suspended} ? ${later} : void 0; }`,
  )
  emitter.releaseTemps(3)
}

/** A value as V8 names it in "… is not iterable". */
function renderIterable(node: Node): string {
  const text = render(node)
  return node.type === 'CallExpression'
    ? `${text.slice(0, -'(...)'.length)} is not a function or its return value`
    : text
}

export function emitAttempt(emitter: Emitter, statement: Node, step: StepOf<'attempt'>, emitList: EmitList): void {
  const { names } = emitter
  const { block, handler, finalizer } = statement
  const [result, attempt, recover, finish] = emitter.claimTemps(4) as [string, string, string, string]
  const writer: Writer = { emitter, emitList, from: statement.start, before: '{ ' }
  writeBlock(writer, attempt, block, step.block)
  if (handler) writeHandler(writer, recover, handler, step.handler!)
  if (finalizer) writePart(writer, `${finish} = ${restName(emitter)} = () => `, finalizer, ';')
  const args = [handler ? recover : 'void 0', finalizer ? finish : 'void 0']
  const later = laterText(emitter, attemptGenerator(emitter, Boolean(handler), Boolean(finalizer)), args)
  const caught = handler ? ` catch (${names.prefix}e) { return ${recover}(${names.prefix}e) }` : ''
  const last = finalizer ? ` finally { if (${result} !== ${names.suspended}) ${finish}() }` : ''
  const outcome = `return ${result} === ${names.suspended} ? ${later} : ${result}`
  close(writer, statement, `try { ${result} = ${attempt}(); ${outcome} }${caught}${last} }`)
  emitter.releaseTemps(4)
}

/** A handler before a `finally` does not pause. */
function attemptGenerator({ names, state }: Emitter, hasHandler: boolean, hasFinalizer: boolean): string {
  const head = `function* ${state.twinName}(p, c, f) { try { return yield* p }`
  if (hasFinalizer) return `${head}${hasHandler ? ' catch (e) { return c(e) }' : ''} finally { f() } }`
  return `${head} catch (e) { p = c(e) } return p === ${names.sharedSuspended} ? yield* ${names.sharedTake}() : p }`
}

function laterText(emitter: Emitter, generator: string, args: string[]): string {
  const { runtime } = emitter.names
  return `${runtime}.later(${emitter.shared({ text: generator, at: NOWHERE })}(${[`${runtime}.take()`, ...args].join(', ')}))`
}

function arrow(emitter: Emitter, variable: string): string {
  return `${variable} = ${restName(emitter)} = () => (`
}

function writePart(writer: Writer, opening: string, node: Node, closing: string): void {
  const { emitter } = writer
  emitter.edits.replace(writer.from, node.start, writer.before + opening)
  emitter.visit(node)
  writer.from = node.end
  writer.before = `${closing} `
}

function writeBlock(writer: Writer, variable: string, block: Node, list: QuickList): void {
  const opening = `${variable} = ${restName(writer.emitter)} = () => {`
  writeList(writer, opening, block, list)
}

function writeHandler(writer: Writer, variable: string, handler: Node, list: QuickList): void {
  const { emitter } = writer
  const opening = `${variable} = ${restName(emitter)} = (`
  if (!handler.param) {
    writeList(writer, `${opening}) => {`, handler.body, list)
    return
  }
  emitter.edits.replace(writer.from, handler.param.start, writer.before + opening)
  declared(emitter, handler.param)
  writer.from = handler.param.end
  writer.before = ''
  // Where the parameters are a pattern, `'use strict'` would be a directive that the language refuses.
  writeList(writer, ') => {;', handler.body, list)
}

/** A function for the statements of `block`, whose own braces, if it has any, become those of the function. */
function writeList(
  writer: Writer,
  opening: string,
  block: Node,
  list: QuickList,
  keyword: 'var' | 'let' = 'var',
): void {
  const { emitter, emitList } = writer
  const isBlock = block.type === 'BlockStatement'
  const start = isBlock ? block.start + 1 : block.start
  emitter.edits.replace(writer.from, start, '')
  const slot = emitter.edits.reserve(start)
  const { before } = writer
  slot.text = before + opening + restStart(emitter, list, () => emitList(emitter, list), false, keyword)
  writer.from = block.end
  writer.before = isBlock ? '; ' : ' }; '
}

function close({ emitter, from, before }: Writer, statement: Node, text: string): void {
  emitter.edits.replace(from, statement.end, before + text, NOWHERE)
}
