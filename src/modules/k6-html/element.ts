/**
 * Element: one node as scripts see it. All its members are methods, which return undefined for what is not there. Elements such as links and inputs have
 * further methods, see typed-elements.ts.
 *
 * Source  docs/spec/http.md §22, docs/spec/metrics-and-modules.md §7.8
 */
import {
  type AnyNode,
  childElements,
  childrenOf,
  descendants,
  type ElementNode,
  innerMarkup,
  isElement,
  markup,
  rootOf,
  textOf,
} from './document.js'
import { Selection } from './selection.js'
import { matcherOf, select } from './selectors.js'
import { typedPrototype } from './typed-elements.js'

/** The node of an element, for this folder alone. */
export let nodeOf: (element: Element) => AnyNode

const NODE_TYPES: Readonly<Record<string, number>> = { text: 3, comment: 8, root: 9, directive: 10 }
const NODE_NAMES: Readonly<Record<string, string>> = { text: '#text', comment: '#comment', root: '#document' }
const HTML_NAMESPACE = 'http://www.w3.org/1999/xhtml'

/** The element of a node, with the methods of its kind. */
export function elementOf(node: AnyNode): Element {
  const element = new Element(node)
  return isElement(node) ? Object.setPrototypeOf(element, typedPrototype(Element.prototype, node.name)) : element
}

function elementOrNothing(node: AnyNode | null | undefined): Element | undefined {
  return node === null || node === undefined ? undefined : elementOf(node)
}

export class Element {
  readonly #node: AnyNode
  static {
    nodeOf = (element) => element.#node
  }

  constructor(node: AnyNode) {
    this.#node = node
  }

  selection(): Selection {
    return new Selection([this.#node])
  }

  // The node itself

  nodeName(): string {
    const node = this.#node
    if (isElement(node)) return node.name
    return node.type === 'directive' ? doctypeName(node.data) : (NODE_NAMES[node.type] ?? '')
  }

  nodeType(): number {
    return isElement(this.#node) ? 1 : (NODE_TYPES[this.#node.type] as number)
  }

  nodeValue(): string | undefined {
    const node = this.#node
    return node.type === 'text' || node.type === 'comment' ? node.data : undefined
  }

  textContent(): string {
    return textOf(this.#node)
  }

  innerHTML(): string {
    return innerMarkup(this.#node)
  }

  toString(): string {
    return markup(this.#node)
  }

  namespaceURI(): string {
    return isElement(this.#node) ? (this.#node.namespace ?? HTML_NAMESPACE) : ''
  }

  isDefaultNamespace(): boolean {
    return this.namespaceURI() === HTML_NAMESPACE
  }

  // Attributes

  attributes(): Record<string, Attribute> {
    return Object.fromEntries(
      Object.entries(this.#attributes).map(([name, value]) => [name, new Attribute(this, name, value)]),
    )
  }

  hasAttributes(): boolean {
    return Object.keys(this.#attributes).length > 0
  }

  hasAttribute(name?: unknown): boolean {
    return this.getAttribute(name) !== undefined
  }

  getAttribute(name?: unknown): string | undefined {
    const key = String(name)
    return this.#attributes[key] ?? this.#attributes[key.toLowerCase()]
  }

  getAttributeNode(name?: unknown): Attribute | undefined {
    const value = this.getAttribute(name)
    return value === undefined ? undefined : new Attribute(this, String(name), value)
  }

  id(): string {
    return this.getAttribute('id') ?? ''
  }

  className(): string | undefined {
    return this.getAttribute('class')
  }

  classList(): string[] {
    return words(this.className())
  }

  /** Its own attribute, or that of the nearest element around it that has one. */
  lang(): string | undefined {
    for (let node: AnyNode | null = this.#node; node !== null; node = node.parent) {
      const lang: string | undefined = isElement(node) ? node.attribs['lang'] : undefined
      if (lang !== undefined) return lang
    }
    return undefined
  }

  // Nodes inside it

  childNodes(): Element[] {
    return childrenOf(this.#node).map(elementOf)
  }

  hasChildNodes(): boolean {
    return childrenOf(this.#node).length > 0
  }

  children(): Element[] {
    return childElements(this.#node).map(elementOf)
  }

  childElementCount(): number {
    return childElements(this.#node).length
  }

  firstChild(): Element | undefined {
    return elementOrNothing(childrenOf(this.#node)[0])
  }

  lastChild(): Element | undefined {
    return elementOrNothing(childrenOf(this.#node).at(-1))
  }

  firstElementChild(): Element | undefined {
    return elementOrNothing(childElements(this.#node)[0])
  }

  lastElementChild(): Element | undefined {
    return elementOrNothing(childElements(this.#node).at(-1))
  }

  contains(other?: unknown): boolean {
    if (!(other instanceof Element)) return false
    for (let node: AnyNode | null = other.#node; node !== null; node = node.parent) if (node === this.#node) return true
    return false
  }

  querySelector(selector?: unknown): Element | undefined {
    for (const node of select(this.#node, String(selector))) return elementOf(node)
    return undefined
  }

  querySelectorAll(selector?: unknown): Element[] {
    return [...select(this.#node, String(selector))].map(elementOf)
  }

  getElementsByTagName(name?: unknown): Element[] {
    const wanted = String(name).toLowerCase()
    return this.#below((node) => wanted === '*' || node.name === wanted)
  }

  /** Elements that have all of the names. */
  getElementsByClassName(names?: unknown): Element[] {
    const wanted = words(String(names))
    if (wanted.length === 0) return []
    return this.#below((node) => {
      const classes = words(node.attribs['class'])
      return wanted.every((name) => classes.includes(name))
    })
  }

  // Nodes around it

  matches(selector?: unknown): boolean {
    return isElement(this.#node) && matcherOf(String(selector))(this.#node)
  }

  parentNode(): Element | undefined {
    return elementOrNothing(this.#node.parent)
  }

  parentElement(): Element | undefined {
    return isElement(this.#node.parent) ? elementOf(this.#node.parent) : undefined
  }

  nextSibling(): Element | undefined {
    return elementOrNothing(this.#node.next)
  }

  previousSibling(): Element | undefined {
    return elementOrNothing(this.#node.prev)
  }

  nextElementSibling(): Element | undefined {
    return this.#sibling((node) => node.next)
  }

  previousElementSibling(): Element | undefined {
    return this.#sibling((node) => node.prev)
  }

  ownerDocument(): Element | undefined {
    const root = rootOf(this.#node)
    return root === this.#node ? undefined : elementOf(root)
  }

  isSameNode(other?: unknown): boolean {
    return other instanceof Element && other.#node === this.#node
  }

  /** True for the same markup; the order of attributes does not matter. */
  isEqualNode(other?: unknown): boolean {
    return other instanceof Element && comparable(this.#node) === comparable(other.#node)
  }

  get #attributes(): Readonly<Record<string, string>> {
    return isElement(this.#node) ? this.#node.attribs : {}
  }

  #below(isWanted: (node: ElementNode) => boolean): Element[] {
    return [...descendants(this.#node)].filter(isWanted).map(elementOf)
  }

  #sibling(next: (node: AnyNode) => AnyNode | null): Element | undefined {
    let node = next(this.#node)
    while (node !== null && !isElement(node)) node = next(node)
    return elementOrNothing(node)
  }
}

class Attribute {
  readonly name: string
  readonly value: string
  readonly ownerElement: Element

  constructor(ownerElement: Element, name: string, value: string) {
    this.ownerElement = ownerElement
    this.name = name
    this.value = value
  }

  localName(): string {
    return this.name.slice(this.name.indexOf(':') + 1)
  }

  prefix(): string {
    return this.name.includes(':') ? this.name.slice(0, this.name.indexOf(':')) : ''
  }

  namespaceURI(): string {
    return ''
  }
}

/** `!DOCTYPE html …` ─► `html` */
function doctypeName(data: string): string {
  return data.split(/\s+/)[1] ?? ''
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function comparable(node: AnyNode): string {
  return markup(node.cloneNode(true)).replace(/<[^>]+>/g, (tag) => tag.slice(1, -1).split(' ').sort().join(' '))
}
