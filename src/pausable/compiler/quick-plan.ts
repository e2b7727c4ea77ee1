/**
 * Where a function that may pause can run without a generator: its quick form.
 *
 * The statements up to the first pause point stay as they are. What follows a pause point becomes an arrow function, so that it
 * can run at once when nothing paused, or later when something did; where that is not possible, the rest is a generator.
 *
 *   branches   if (T) { … callee() }                 lists of their own, when nothing follows them or they end with return or throw
 *   result     return callee(x)                      its value, passed on
 *   value      const a = callee(x).b; REST           callee(x), and an arrow function of its value for what is done with it and REST
 *   wrapped    if (T) { callee() } REST              the statement in one arrow function, REST in another
 *   loop       while (T) callee()                    condition and body in arrow functions, with nothing after them
 *   attempt    try { callee() } catch { … }          each block in an arrow function, with nothing after them
 *   generator  for (x in …) callee(); REST           all that is left
 *
 * A list that moves into a function of its own must not declare what is used outside of it. In doubt there is no quick form: the
 * function is then a generator as a whole.
 */
import type { Node } from './ast.js'
import type { PausePlan } from './flow.js'
import { captures, hasCapturedVariable, hasVar, isClosed, isUsedEarly } from './moves.js'
import { PausePoints } from './pause-points.js'
import type { FunctionInfo } from './scope.js'
import { branchesOf, endsNormally, isCountingLoop, isLoop, jumpsOf, statementsOf } from './statements.js'

export interface QuickList {
  readonly statements: readonly Node[]
  /** How many of them stay in this list; `step` is about the others. */
  readonly kept: number
  /** The lists of the branches of kept statements, by the branch. */
  readonly branches: ReadonlyMap<Node, QuickList>
  readonly step: QuickStep | undefined
}

export type QuickStep =
  /** `captured`: the variables of the function that the statements use. */
  | { readonly kind: 'generator'; readonly captured: readonly string[] }
  | { readonly kind: 'result'; readonly calls: readonly Node[] }
  /** `rest` begins with the statement that the value is in. */
  | { readonly kind: 'value'; readonly value: Node; readonly calls: readonly Node[]; readonly rest: QuickList }
  | { readonly kind: 'wrapped'; readonly inner: QuickList; readonly rest: QuickList }
  /** `exits`: each `break` and `continue` of the loop. */
  | { readonly kind: 'loop'; readonly body: QuickList; readonly exits: readonly Node[] }
  | { readonly kind: 'attempt'; readonly block: QuickList; readonly handler: QuickList | undefined }

export type StepOf<Kind> = Extract<QuickStep, { kind: Kind }>

/** So many functions inside each other are enough; what is left then is a generator. */
const MAX_STEPS = 12

export class QuickPlanner {
  private readonly plans = new Map<FunctionInfo, QuickList | undefined>()
  readonly points: PausePoints
  /** The function that is being planned. */
  private fn!: FunctionInfo

  constructor(plan: PausePlan) {
    this.points = new PausePoints(plan)
  }

  /** The plan for a function that may pause, when it has a quick form. */
  of(info: FunctionInfo): QuickList | undefined {
    if (!this.plans.has(info)) this.plans.set(info, this.make(info))
    return this.plans.get(info)
  }

  private make(info: FunctionInfo): QuickList | undefined {
    const { node } = info
    this.fn = info
    if (info.async || info.generator || (info.kind === 'function' && info.usesNewTarget)) return undefined
    if (node.params.some((param: Node) => this.points.in(param))) return undefined
    if (node.body.type !== 'BlockStatement') return this.expressionBody(node.body)
    const list = this.list(node.body.body, new Set(), 0)
    if (!list || this.alwaysPauses(list)) return undefined
    const capturing = info.usesArguments || info.usesSuper || info.usesNewTarget
    return capturing && hasGenerator(list) ? undefined : list
  }

  private expressionBody(body: Node): QuickList | undefined {
    const calls = this.points.tailCalls(body)
    if (!calls || calls.length === 0 || (calls.includes(body) && this.points.isBlocking(body))) return undefined
    return { statements: [], kept: 0, branches: new Map(), step: { kind: 'result', calls } }
  }

  /** `resolved`: `if` statements whose condition is known not to pause any more. Undefined when even a generator must not be made. */
  private list(statements: readonly Node[], resolved: ReadonlySet<Node>, depth: number): QuickList | undefined {
    const branches = new Map<Node, QuickList>()
    const made = (kept: number, step?: QuickStep): QuickList => ({ statements, kept, branches, step })
    for (const [index, statement] of statements.entries()) {
      if (!this.pauses(statement, resolved)) continue
      const rest = statements.slice(index + 1)
      if (this.keepsInPlace(statement, rest, resolved, depth, branches)) continue
      const step = this.step(statement, rest, resolved, depth)
      if (step) return made(index, step)
      const last = statements.at(-1)!
      const left = statements.slice(index)
      if (resolved.has(statement) || !isClosed(left, statement.start, last.end)) return undefined
      const captured = captures(this.fn.node, left)
      return captured && made(index, { kind: 'generator', captured })
    }
    return made(statements.length)
  }

  private pauses(statement: Node, resolved: ReadonlySet<Node>): boolean {
    return resolved.has(statement)
      ? branchesOf(statement).some((branch) => this.points.in(branch))
      : this.points.in(statement)
  }

  /** A statement whose branches can be lists of their own: notes them. */
  private keepsInPlace(
    statement: Node,
    rest: readonly Node[],
    resolved: ReadonlySet<Node>,
    depth: number,
    branches: Map<Node, QuickList>,
  ): boolean {
    if (statement.type === 'IfStatement' && !resolved.has(statement) && this.points.in(statement.test)) return false
    const pausing = branchesOf(statement).filter((branch) => this.points.in(branch))
    if (pausing.length === 0 || (rest.length > 0 && pausing.some(endsNormally))) return false
    const lists = pausing.map((branch) => this.list(statementsOf(branch), new Set(), depth))
    if (lists.includes(undefined)) return false
    for (const [i, branch] of pausing.entries()) branches.set(branch, lists[i]!)
    return true
  }

  private step(
    statement: Node,
    rest: readonly Node[],
    resolved: ReadonlySet<Node>,
    depth: number,
  ): QuickStep | undefined {
    if (depth >= MAX_STEPS) return undefined
    if (statement.type === 'ReturnStatement') {
      const calls = this.points.tailCalls(statement.argument)
      if (calls && rest.every((after) => !this.points.in(after))) return { kind: 'result', calls }
    }
    return (
      this.valueStep(statement, rest, resolved, depth) ??
      this.wrappedStep(statement, rest, resolved, depth) ??
      (rest.length === 0 ? (this.loopStep(statement, depth) ?? this.attemptStep(statement, depth)) : undefined)
    )
  }

  private valueStep(
    statement: Node,
    rest: readonly Node[],
    resolved: ReadonlySet<Node>,
    depth: number,
  ): QuickStep | undefined {
    if (resolved.has(statement)) return undefined
    const found = this.points.firstValue(statement)
    if (!found) return undefined
    const moved = [statement, ...rest]
    if (!isClosed(moved, found.value.end, moved.at(-1)!.end)) return undefined
    const list = this.list(moved, new Set([statement]), depth + 1)
    return list && { kind: 'value', value: found.value, calls: found.calls, rest: list }
  }

  private wrappedStep(
    statement: Node,
    rest: readonly Node[],
    resolved: ReadonlySet<Node>,
    depth: number,
  ): QuickStep | undefined {
    const isWrappable = branchesOf(statement).length > 0 || isLoop(statement) || statement.type === 'TryStatement'
    if (!isWrappable || jumpsOf(statement).length > 0) return undefined
    if (statement.type === 'IfStatement' && !resolved.has(statement) && this.points.in(statement.test)) return undefined
    if (rest.length === 0 || !isClosed([statement], statement.start, statement.end)) return undefined
    if (!isClosed(rest, statement.end, rest.at(-1)!.end)) return undefined
    const inner = this.list([statement], resolved, depth + 1)
    if (inner?.kept === 0 && inner.step?.kind === 'generator') return undefined
    const after = this.list(rest, new Set(), depth + 1)
    return inner && after && { kind: 'wrapped', inner, rest: after }
  }

  private loopStep(statement: Node, depth: number): QuickStep | undefined {
    const { init, test, update, left, right, body } = statement
    const head: Node[] = [init, test, update, left, right].filter((part) => part)
    if (!isLoop(statement) || this.points.at(statement) || head.some((part) => this.points.in(part))) return undefined
    const exits = jumpsOf(body)
    if (exits.some((exit) => exit.type === 'ReturnStatement' || exit.label)) return undefined
    // A `var` of the body keeps its value from one turn to the next; a `let` of the head has one value per turn.
    if (hasVar(body) || (left && hasVar(left)) || (init && hasCapturedVariable(init, statement))) return undefined
    if (left && isUsedEarly(left, right)) return undefined
    const list = this.list(statementsOf(body), new Set(), depth + 1)
    return list && !hasGenerator(list) ? { kind: 'loop', body: list, exits } : undefined
  }

  private attemptStep(statement: Node, depth: number): QuickStep | undefined {
    const { type, block, handler, finalizer } = statement
    if (type !== 'TryStatement' || (handler?.param && this.points.in(handler.param))) return undefined
    if (finalizer && (this.points.in(finalizer) || jumpsOf(finalizer).length > 0)) return undefined
    if (finalizer && handler && this.points.in(handler.body)) return undefined
    const blocks: Node[] = [block, handler?.body, finalizer].filter((part) => part)
    if (!blocks.every((part) => isClosed(part.body, part.start, part.end))) return undefined
    const lists = [block, handler?.body].map((part) => part && this.list(part.body, new Set(), depth + 1))
    const [blockList, handlerList] = lists
    if (!blockList || (handler && !handlerList) || lists.some((list) => list && hasGenerator(list))) return undefined
    return { kind: 'attempt', block: blockList, handler: handlerList }
  }

  /** No way through the list avoids making a generator: then the function is one as a whole. */
  private alwaysPauses({ statements, kept, step }: QuickList): boolean {
    if (!step || statements.slice(0, kept).some((statement) => jumpsOf(statement).length > 0)) return false
    switch (step.kind) {
      case 'generator':
        return true
      case 'result':
        return this.points.isBlocking(statements[kept]!.argument)
      case 'value':
        return this.points.isBlocking(step.value) || this.alwaysPauses(step.rest)
      case 'wrapped':
        return this.alwaysPauses(step.rest)
      case 'loop':
        return runsOnce(statements[kept]!) && this.alwaysPauses(step.body)
      case 'attempt':
        return this.alwaysPauses(step.block)
    }
  }
}

function hasGenerator({ branches, step }: QuickList): boolean {
  if ([...branches.values()].some(hasGenerator)) return true
  switch (step?.kind) {
    case 'generator':
      return true
    case 'value':
      return hasGenerator(step.rest)
    case 'wrapped':
      return hasGenerator(step.inner) || hasGenerator(step.rest)
    case 'loop':
      return hasGenerator(step.body)
    case 'attempt':
      return hasGenerator(step.block) || (step.handler !== undefined && hasGenerator(step.handler))
    default:
      return false
  }
}

/** The body of a loop runs once at least. */
function runsOnce(loop: Node): boolean {
  const { type, test } = loop
  if (type === 'DoWhileStatement') return true
  return isCountingLoop(loop) && (!test || (test.type === 'Literal' && Boolean(test.value)))
}
