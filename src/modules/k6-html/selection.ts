/**
 * Selection: the set of nodes that `parseHTML` and `find` return, with the methods of jQuery that read.
 *
 * Errors  HostError with k6's texts for arguments of the wrong kind; an index out of range gives an empty set
 * Source  docs/spec/http.md §22
 */
import { call, PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import { controlValue, type FormEntry, formEntries } from './controls.js'
import { dataOf } from './data.js'
import {
  type AnyNode,
  ancestors,
  childElements,
  childrenOf,
  type ElementNode,
  innerMarkup,
  isElement,
  rootOf,
  textOf,
} from './document.js'
import { Element, elementOf, nodeOf } from './element.js'
import { type Matcher, matcherOf, select } from './selectors.js'

type Callback = (index: number, item: unknown) => unknown

/** The nodes of a selection, for this file alone. */
let nodesIn: (selection: Selection) => readonly AnyNode[]

export class Selection {
  readonly #nodes: readonly AnyNode[]
  /** The selection that this one was made from, for `end()`. */
  readonly #before: Selection | undefined
  static {
    nodesIn = (selection) => selection.#nodes
  }

  constructor(nodes: Iterable<AnyNode>, before?: Selection) {
    this.#nodes = [...new Set(nodes)]
    this.#before = before
  }

  // Nodes inside and around

  find(selector?: unknown): Selection {
    if (isNothing(selector)) throw withoutSelector()
    if (isNodes(selector)) {
      const wanted = nodesOf(selector)
      return this.#with(wanted.filter((node) => this.#nodes.some((above) => isBelow(node, above))))
    }
    return this.#with(this.#nodes.flatMap((node) => [...select(node, String(selector))]))
  }

  single(selector?: unknown): Selection {
    return this.#with(nodesIn(this.find(selector)).slice(0, 1))
  }

  children(selector?: unknown): Selection {
    return this.#relatives(childElements, selector)
  }

  contents(): Selection {
    return this.#with(this.#nodes.flatMap(childrenOf))
  }

  parent(selector?: unknown): Selection {
    return this.#relatives((node) => (isElement(node.parent) ? [node.parent] : []), selector)
  }

  parents(selector?: unknown): Selection {
    return this.#relatives(ancestors, selector)
  }

  parentsUntil(until?: unknown, filter?: unknown): Selection {
    return this.#relatives((node) => before(ancestors(node), until), filter)
  }

  closest(selector?: unknown): Selection {
    if (isNothing(selector)) throw withoutSelector()
    const matches = matcher(selector)
    const found = this.#nodes.map((node) =>
      isElement(node) && matches(node) ? node : [...ancestors(node)].find((above) => matches(above)),
    )
    return this.#with(found.filter((node) => node !== undefined))
  }

  // Siblings

  next(selector?: unknown): Selection {
    return this.#relatives((node) => following(node).slice(0, 1), selector)
  }

  nextAll(selector?: unknown): Selection {
    return this.#relatives(following, selector)
  }

  nextUntil(until?: unknown, filter?: unknown): Selection {
    return this.#relatives((node) => before(following(node), until), filter)
  }

  prev(selector?: unknown): Selection {
    return this.#relatives((node) => preceding(node).slice(0, 1), selector)
  }

  prevAll(selector?: unknown): Selection {
    return this.#relatives(preceding, selector)
  }

  prevUntil(until?: unknown, filter?: unknown): Selection {
    return this.#relatives((node) => before(preceding(node), until), filter)
  }

  siblings(selector?: unknown): Selection {
    const others = (node: AnyNode): ElementNode[] => [...preceding(node).reverse(), ...following(node)]
    return this.#relatives(others, selector)
  }

  // Subsets, and larger sets

  has(selector?: unknown): Selection {
    if (isNothing(selector)) throw withoutSelector()
    const found = nodesIn(this.find(selector))
    return this.#with(this.#nodes.filter((node) => found.some((below) => isBelow(below, node))))
  }

  filter(argument?: unknown): Selection {
    return this.#with(this.#nodes.filter(tester('filter', argument)))
  }

  not(argument?: unknown): Selection {
    const matches = tester('not', argument)
    return this.#with(this.#nodes.filter((node, i) => !matches(node, i)))
  }

  is(argument?: unknown): boolean {
    return this.#nodes.some(tester('is', argument))
  }

  eq(index?: unknown): Selection {
    const node = this.#nodes.at(integer(index))
    return this.#with(node === undefined ? [] : [node])
  }

  first(): Selection {
    return this.eq(0)
  }

  last(): Selection {
    return this.eq(-1)
  }

  slice(start?: unknown, end?: unknown): Selection {
    return this.#with(this.#nodes.slice(integer(start), isNothing(end) ? undefined : integer(end)))
  }

  add(selector?: unknown): Selection {
    if (isNothing(selector)) throw withoutSelector()
    if (isNodes(selector)) return this.#with([...this.#nodes, ...nodesOf(selector)])
    return this.#with([...this.#nodes, ...this.#fromRoot(String(selector))])
  }

  end(): Selection {
    return this.#before ?? new Selection([])
  }

  // Elements and values

  /** One element; all of them when no index is given. */
  get(index?: unknown): Element | undefined | Element[] {
    if (isNothing(index)) return this.#nodes.map(elementOf)
    const node = this.#nodes.at(integer(index))
    return node === undefined ? undefined : elementOf(node)
  }

  toArray(): Selection[] {
    return this.#nodes.map((node) => this.#with([node]))
  }

  size(): number {
    return this.#nodes.length
  }

  /**
   * The index of the first node: among its siblings without an argument, among all elements that match with a selector. With a Selection or an
   * Element, the index of that in this set. -1 when it is not there.
   */
  index(of?: unknown): number {
    const [first] = this.#nodes
    if (first === undefined) return -1
    if (isNothing(of)) return preceding(first).length
    if (isNodes(of)) return this.#nodes.indexOf(nodesOf(of)[0] as AnyNode)
    return this.#fromRoot(String(of)).indexOf(first as ElementNode)
  }

  each(callback?: unknown): Selection {
    for (const [i, node] of this.#nodes.entries()) functionOf('each', callback)(i, elementOf(node))
    return this
  }

  map(callback?: unknown): unknown[] {
    const fn = functionOf('map', callback)
    return this.#nodes.map((node, i) => fn(i, selectionOf(node)))
  }

  attr(name?: unknown, fallback?: unknown): unknown {
    return this.#first?.attribs[String(name).toLowerCase()] ?? fallback
  }

  text(): string {
    return this.#nodes.map(textOf).join('')
  }

  html(): string {
    const [first] = this.#nodes
    return first === undefined ? '' : innerMarkup(first)
  }

  val(): string | string[] | undefined {
    const node = this.#first
    return node && controlValue(node)
  }

  data(key?: unknown): unknown {
    const node = this.#first
    return node && dataOf(node, isNothing(key) ? undefined : String(key))
  }

  /** Sorted by name. */
  serialize(): string {
    const entries = this.serializeArray().map(({ name, value }): [string, string] => [name, value])
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return new URLSearchParams(sorted).toString()
  }

  serializeArray(): FormEntry[] {
    return formEntries(this.#nodes.filter(isElement))
  }

  /** A name with more than one value has an array. */
  serializeObject(): Record<string, string | string[]> {
    const values = new Map<string, string[]>()
    for (const { name, value } of this.serializeArray()) values.set(name, [...(values.get(name) ?? []), value])
    return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] as string) : list]))
  }

  /** The first node, if it is an element. */
  get #first(): ElementNode | undefined {
    const [node] = this.#nodes
    return isElement(node) ? node : undefined
  }

  #with(nodes: Iterable<AnyNode>): Selection {
    return new Selection(nodes, this)
  }

  #relatives(of: (node: AnyNode) => Iterable<ElementNode>, selector: unknown): Selection {
    const found = this.#nodes.flatMap((node) => [...of(node)])
    return this.#with(isNothing(selector) ? found : found.filter(matcher(selector)))
  }

  #fromRoot(selector: string): ElementNode[] {
    const [first] = this.#nodes
    return first === undefined ? [] : [...select(rootOf(first), selector)]
  }
}

// Callbacks may pause the VU: `links.each((i, link) => http.get(link.href()))`.
type Finish = (selection: Selection, results: unknown[]) => unknown
const keep = (selection: Selection, isKept: (i: number) => boolean): Selection =>
  new Selection(
    nodesIn(selection).filter((_, i) => isKept(i)),
    selection,
  )
definePausing('each', elementOf, (selection) => selection)
definePausing('map', selectionOf, (_, results) => results)
definePausing('filter', selectionOf, (selection, results) => keep(selection, (i) => Boolean(results[i])))
definePausing('not', selectionOf, (selection, results) => keep(selection, (i) => !results[i]))
definePausing('is', elementOf, (_, results) => results.some(Boolean))

function definePausing(
  name: 'each' | 'map' | 'filter' | 'not' | 'is',
  wrap: (node: AnyNode) => unknown,
  finish: Finish,
): void {
  const plain: (this: Selection, callback: unknown) => unknown = Selection.prototype[name]
  const twin = function* (this: Selection, callback: unknown): Twin {
    if (typeof callback !== 'function') return plain.call(this, callback)
    const results: unknown[] = []
    for (const [i, node] of nodesIn(this).entries()) {
      results.push(yield* call(callback as never, undefined, i, wrap(node)))
    }
    return finish(this, results)
  }
  Object.defineProperty(plain, PAUSE, { value: twin })
}

function selectionOf(node: AnyNode): Selection {
  return new Selection([node])
}

/** The nodes of a Selection or an Element. */
function nodesOf(value: Selection | Element): readonly AnyNode[] {
  return value instanceof Selection ? nodesIn(value) : [nodeOf(value)]
}

function isNodes(value: unknown): value is Selection | Element {
  return value instanceof Selection || value instanceof Element
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function withoutSelector(): HostError {
  return new HostError("invalid argument, cannot use a '<nil>' as a selector")
}

function integer(value: unknown): number {
  return Math.trunc(Number(value)) || 0
}

function matcher(selector: unknown): Matcher {
  if (!isNodes(selector)) return matcherOf(String(selector))
  const nodes = new Set(nodesOf(selector))
  return (node) => nodes.has(node)
}

/** The condition that the argument of `filter`, `not` or `is` stands for. */
function tester(method: 'filter' | 'not' | 'is', argument: unknown): (node: AnyNode, index: number) => boolean {
  if (typeof argument === 'function') {
    const wrap = method === 'is' ? elementOf : selectionOf
    return (node, i) => Boolean((argument as Callback)(i, wrap(node)))
  }
  if (typeof argument !== 'string' && !isNodes(argument)) {
    throw new HostError(`the argument to ${method}() must be a function, a selector or a selection`)
  }
  const matches = matcher(argument)
  return (node) => (isElement(node) || isNodes(argument)) && matches(node as ElementNode)
}

function functionOf(method: string, callback: unknown): Callback {
  if (typeof callback !== 'function') throw new HostError(`the argument to ${method}() must be a function`)
  return callback as Callback
}

function isBelow(node: AnyNode, above: AnyNode): boolean {
  for (let parent = node.parent; parent !== null; parent = parent.parent) if (parent === above) return true
  return false
}

function following(node: AnyNode): ElementNode[] {
  const found: ElementNode[] = []
  for (let next = node.next; next !== null; next = next.next) if (isElement(next)) found.push(next)
  return found
}

/** Nearest first. */
function preceding(node: AnyNode): ElementNode[] {
  const found: ElementNode[] = []
  for (let previous = node.prev; previous !== null; previous = previous.prev) {
    if (isElement(previous)) found.push(previous)
  }
  return found
}

/** The nodes before the first one that matches. */
function before(nodes: Iterable<ElementNode>, until: unknown): ElementNode[] {
  const list = [...nodes]
  if (isNothing(until)) return list
  const end = list.findIndex(matcher(until))
  return end < 0 ? list : list.slice(0, end)
}
