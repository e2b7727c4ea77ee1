/**
 * CSS selectors over parsed documents. A selector that is wrong, or that only jQuery knows (`:first`, `:eq(1)`), matches nothing.
 *
 * Source  docs/spec/http.md §22; css-select
 */
import { createRequire } from 'node:module'
import { type AnyNode, descendants, type ElementNode } from './document.js'

export type Matcher = (node: ElementNode) => boolean

const loadCssSelect = (): typeof import('css-select') => createRequire(import.meta.url)('css-select')

/** Compiled selectors: a script uses the same few again and again. */
const compiled = new Map<string, Matcher>()
const MOST_COMPILED = 1000

/** A selector such as `> a` depends on the element that the search begins at. */
const RELATIVE = /(^|,)\s*[>+~]/

const nothing: Matcher = () => false

export function matcherOf(selector: string): Matcher {
  let matcher = compiled.get(selector)
  if (matcher === undefined) {
    matcher = compile(selector)
    if (compiled.size >= MOST_COMPILED) compiled.clear()
    compiled.set(selector, matcher)
  }
  return matcher
}

function compile(selector: string, context?: AnyNode): Matcher {
  if (selector.trim() === '') return nothing
  try {
    return loadCssSelect().compile(selector, {}, context) as Matcher
  } catch {
    return nothing
  }
}

/** The descendants of a node that match, in document order. */
export function* select(node: AnyNode, selector: string): Generator<ElementNode> {
  const matches = RELATIVE.test(selector) ? compile(selector, node) : matcherOf(selector)
  if (matches === nothing) return
  for (const element of descendants(node)) if (matches(element)) yield element
}
