/**
 * HTML documents: from text to a tree of nodes, and back. The parser is loaded when a script first parses HTML.
 *
 * Shape   nodes of `domhandler`; they are not changed
 * Source  the HTML standard, through parse5; the serialisation is that of docs/spec/http.md §22
 */
import { createRequire } from 'node:module'
import type { AnyNode, Document, Element as ElementNode } from 'domhandler'

export type { AnyNode, Document, ElementNode }

const require = createRequire(import.meta.url)
const loadParser = (): typeof import('parse5') => require('parse5')
const loadTreeAdapter = (): typeof import('parse5-htmlparser2-tree-adapter') =>
  require('parse5-htmlparser2-tree-adapter')

/** Parses any text: errors in the HTML are repaired as in browsers. */
export function parseDocument(text: string): Document {
  return loadParser().parse(text, { treeAdapter: loadTreeAdapter().adapter })
}

export function isElement(node: AnyNode | null | undefined): node is ElementNode {
  return node !== null && node !== undefined && 'attribs' in node
}

/** The child nodes; none for text. */
export function childrenOf(node: AnyNode): readonly AnyNode[] {
  return 'children' in node ? (node.children as AnyNode[]) : []
}

export function childElements(node: AnyNode): ElementNode[] {
  return childrenOf(node).filter(isElement)
}

/** The elements above a node, nearest first. */
export function* ancestors(node: AnyNode): Generator<ElementNode> {
  for (let above = node.parent; above !== null; above = above.parent) if (isElement(above)) yield above
}

/** The elements below a node, in document order. */
export function* descendants(node: AnyNode): Generator<ElementNode> {
  for (const below of nodesBelow(node)) if (isElement(below)) yield below
}

/** Not recursive, because a target may nest elements as deeply as it likes. */
function* nodesBelow(root: AnyNode): Generator<AnyNode> {
  let node = childrenOf(root)[0]
  while (node !== undefined) {
    yield node
    node = childrenOf(node)[0] ?? nextBelow(root, node)
  }
}

/** The next node in document order that is not in `node`. */
function nextBelow(root: AnyNode, node: AnyNode, onLeave?: (node: AnyNode) => void): AnyNode | undefined {
  let left: AnyNode = node
  onLeave?.(left)
  while (left.next === null) {
    const { parent } = left
    if (parent === null || parent === root) return undefined
    left = parent
    onLeave?.(left)
  }
  return left.next as AnyNode
}

export function rootOf(node: AnyNode): AnyNode {
  let root = node
  while (root.parent !== null) root = root.parent
  return root
}

/** All text in a node, also that of scripts. */
export function textOf(node: AnyNode): string {
  if (node.type === 'text') return node.data
  let text = ''
  for (const below of nodesBelow(node)) if (below.type === 'text') text += below.data
  return text
}

const VOID = new Set('area base br col embed hr img input keygen link meta param source track wbr'.split(' '))
/** Elements whose text is written without escapes. */
const RAW_TEXT = new Set('iframe noembed noframes noscript plaintext script style xmp'.split(' '))
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '\r': '&#13;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] as string)
}

/** The markup of the children of a node. */
export function innerMarkup(root: AnyNode): string {
  const parts: string[] = []
  const close = (node: AnyNode): void => {
    parts.push(endMarkup(node))
  }
  let node = childrenOf(root)[0]
  while (node !== undefined) {
    parts.push(startMarkup(node))
    node = childrenOf(node)[0] ?? nextBelow(root, node, close)
  }
  return parts.join('')
}

export function markup(node: AnyNode): string {
  return `${startMarkup(node)}${innerMarkup(node)}${endMarkup(node)}`
}

function startMarkup(node: AnyNode): string {
  if (isElement(node)) {
    const attributes = Object.entries(node.attribs).map(([name, value]) => ` ${name}="${escaped(value)}"`)
    return `<${node.name}${attributes.join('')}${VOID.has(node.name) ? '/>' : '>'}`
  }
  switch (node.type) {
    case 'text':
      return isElement(node.parent) && RAW_TEXT.has(node.parent.name) ? node.data : escaped(node.data)
    case 'comment':
      return `<!--${node.data}-->`
    case 'directive':
      return `<${node.data.replace(/^!doctype/i, '!DOCTYPE')}>`
    default:
      return ''
  }
}

function endMarkup(node: AnyNode): string {
  return isElement(node) && !VOID.has(node.name) ? `</${node.name}>` : ''
}
