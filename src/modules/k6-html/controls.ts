/**
 * Controls of forms, and what a form sends: the values of its controls that have a name, are enabled and are chosen, in document order. Buttons are left
 * out, because a form sends only the button that submits it.
 *
 * Source  the HTML standard, "constructing the entry list", as far as jQuery's `serializeArray` follows it; docs/spec/http.md §26 (10)
 */
import { ancestors, descendants, type ElementNode, rootOf, textOf } from './document.js'

export interface FormEntry {
  readonly name: string
  readonly value: string
}

const CONTROLS = new Set(['button', 'fieldset', 'input', 'object', 'output', 'select', 'textarea'])
const NEVER_SENT = new Set(['submit', 'button', 'image', 'reset', 'file'])
const BOXES = new Set(['checkbox', 'radio'])

/** The controls of a form: those inside it, and those elsewhere with a `form` attribute that names it. */
export function controlsOf(form: ElementNode): ElementNode[] {
  return [...descendants(rootOf(form))].filter((node) => CONTROLS.has(node.name) && formOf(node) === form)
}

/** The form that a control belongs to. */
export function formOf(control: ElementNode): ElementNode | undefined {
  const id = control.attribs['form']
  if (id === undefined) return closest(control, 'form')
  return firstBelowRoot(control, (node) => node.name === 'form' && node.attribs['id'] === id)
}

export function closest(node: ElementNode, name: string): ElementNode | undefined {
  for (const above of ancestors(node)) if (above.name === name) return above
  return undefined
}

export function firstBelowRoot(node: ElementNode, isWanted: (node: ElementNode) => boolean): ElementNode | undefined {
  for (const element of descendants(rootOf(node))) if (isWanted(element)) return element
  return undefined
}

/** What elements send: a form all of its controls, a control itself. */
export function formEntries(nodes: readonly ElementNode[]): FormEntry[] {
  const controls = nodes.flatMap((node) => (node.name === 'form' ? controlsOf(node) : [node]))
  return [...new Set(controls)].flatMap((control) => {
    const name = control.attribs['name']
    return name && isSent(control) ? valuesOf(control).map((value) => ({ name, value })) : []
  })
}

function isSent(control: ElementNode): boolean {
  if (isDisabled(control)) return false
  if (control.name !== 'input') return control.name === 'select' || control.name === 'textarea'
  const type = typeOf(control)
  return !NEVER_SENT.has(type) && (!BOXES.has(type) || 'checked' in control.attribs)
}

/** Disabled by its own attribute, or by a fieldset around it (but not for a control in the legend of that fieldset). */
export function isDisabled(control: ElementNode): boolean {
  if ('disabled' in control.attribs) return true
  let child: ElementNode = control
  for (const above of ancestors(control)) {
    if (above.name === 'fieldset' && 'disabled' in above.attribs && child.name !== 'legend') return true
    child = above
  }
  return false
}

/** The `type` of an input, in small letters. */
export function typeOf(input: ElementNode): string {
  return (input.attribs['type'] ?? 'text').toLowerCase()
}

function valuesOf(control: ElementNode): string[] {
  const value = controlValue(control)
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

/** The value as jQuery's `val()` gives it: an array for `<select multiple>`, undefined for an element that has no value. */
export function controlValue(node: ElementNode): string | string[] | undefined {
  const { name, attribs } = node
  switch (name) {
    case 'input':
      return attribs['value'] ?? (BOXES.has(typeOf(node)) ? 'on' : '')
    case 'textarea':
      return textOf(node)
    case 'button':
      return attribs['value'] ?? ''
    case 'option':
      return optionValue(node)
    case 'select': {
      const values = selectedOptions(node).map(optionValue)
      return 'multiple' in attribs ? values : values[0]
    }
    default:
      return undefined
  }
}

export function optionValue(option: ElementNode): string {
  return option.attribs['value'] ?? optionText(option)
}

export function optionText(option: ElementNode): string {
  return textOf(option).trim().replace(/\s+/g, ' ')
}

export function optionsOf(select: ElementNode): ElementNode[] {
  return [...descendants(select)].filter(({ name }) => name === 'option')
}

/** The chosen options. Without `multiple` there is one: the last with the attribute `selected`, or else the first that is enabled. */
export function selectedOptions(select: ElementNode): ElementNode[] {
  const options = optionsOf(select)
  const chosen = options.filter((option) => 'selected' in option.attribs)
  if ('multiple' in select.attribs) return chosen.filter((option) => !isDisabledOption(option))
  const one = chosen.at(-1) ?? options.find((option) => !isDisabledOption(option))
  return one === undefined ? [] : [one]
}

export function isDisabledOption(option: ElementNode): boolean {
  return 'disabled' in option.attribs || 'disabled' in (closest(option, 'optgroup')?.attribs ?? {})
}
