/**
 * The methods of elements of one kind: `href()` of a link, `value()` of an input, `rows()` of a table.
 *
 * Shape   a table of kinds: names of attributes that are read as they are, and functions for values that are computed. The prototype of a kind is made
 *         for its first element
 * Source  docs/spec/http.md §22; the HTML standard for the values of missing attributes
 */
import {
  closest,
  controlsOf,
  controlValue,
  firstBelowRoot,
  formOf,
  isDisabled,
  isDisabledOption,
  optionsOf,
  optionText,
  optionValue,
  selectedOptions,
  typeOf,
} from './controls.js'
import { childElements, descendants, type ElementNode, rootOf, textOf } from './document.js'
import { type Element, elementOf, nodeOf } from './element.js'

type Read = (node: ElementNode) => unknown
type Methods = Readonly<Record<string, Read>>

/** The attribute of a method whose name differs by more than capitals. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  acceptCharset: 'accept-charset',
  httpEquiv: 'http-equiv',
  htmlFor: 'for',
  defaultValue: 'value',
}

const textual = (names: string): Methods => readers(names, (name) => (node) => node.attribs[name] ?? '')
const flags = (names: string): Methods => readers(names, (name) => (node) => name in node.attribs)
/** Each is a name, or `name=fallback`; without it the fallback is 0. */
const numbers = (names: string): Methods =>
  Object.fromEntries(
    names.split(' ').map((entry) => {
      const [name = '', fallback = '0'] = entry.split('=')
      return [name, (node) => number(node.attribs[name.toLowerCase()], Number(fallback))] as const
    }),
  )

function readers(names: string, read: (attribute: string) => Read): Methods {
  return Object.fromEntries(names.split(' ').map((name) => [name, read(ATTRIBUTES[name] ?? name.toLowerCase())]))
}

function number(text: string | undefined, fallback: number): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : fallback
}

const all = (nodes: Iterable<ElementNode>): Element[] => [...nodes].map(elementOf)
const maybe = (node: ElementNode | undefined): Element | undefined => node && elementOf(node)
const named = (nodes: Iterable<ElementNode>, ...names: string[]): ElementNode[] =>
  [...nodes].filter(({ name }) => names.includes(name))

const form: Methods = { form: (node) => maybe(formOf(node)) }
const labels: Methods = { labels: (node) => all(labelsOf(node)) }
const text: Methods = { text: textOf }
const relations: Methods = {
  relList: ({ attribs }) => (attribs['rel'] ?? '').split(/\s+/).filter((word) => word !== ''),
}
/** How a button submits its form: its own attributes count before those of the form. */
const submission: Methods = {
  formAction: (node) => node.attribs['formaction'] ?? formOf(node)?.attribs['action'] ?? '',
  formEnctype: (node) => encodingOf(node.attribs['formenctype'] ?? formOf(node)?.attribs['enctype']),
  formMethod: (node) => methodOf(node.attribs['formmethod'] ?? formOf(node)?.attribs['method']),
  formNoValidate: ({ attribs }) => 'formnovalidate' in attribs,
  formTarget: (node) => node.attribs['formtarget'] ?? formOf(node)?.attribs['target'] ?? '',
}
const control: Methods = { ...form, ...labels, ...textual('name'), ...flags('autofocus'), disabled: isDisabled }
const section: Methods = { rows: (node) => all(named(childElements(node), 'tr')) }
const link: Methods = {
  ...textual('href hreflang rel target type download referrerPolicy'),
  ...relations,
  ...text,
  hash: (node) => urlOf(node)?.hash ?? /#.+/s.exec(node.attribs['href'] ?? '')?.[0] ?? '',
  host: (node) => urlOf(node)?.host ?? '',
  hostname: (node) => urlOf(node)?.hostname ?? '',
  origin: (node) => urlOf(node)?.origin ?? '',
  username: (node) => urlOf(node)?.username ?? '',
  password: (node) => urlOf(node)?.password ?? '',
  pathname: (node) => urlOf(node)?.pathname ?? pathOf(node),
  port: (node) => urlOf(node)?.port ?? '',
  protocol: (node) => urlOf(node)?.protocol.replace(':', '') ?? '',
  search: (node) => urlOf(node)?.search ?? /\?[^#]*/.exec(node.attribs['href'] ?? '')?.[0] ?? '',
}
const media: Methods = {
  ...textual('src crossOrigin preload'),
  ...flags('autoplay controls loop muted'),
  defaultMuted: ({ attribs }) => 'muted' in attribs,
  textTracks: (node) => all(named(descendants(node), 'track')),
  mediaGroup: ({ attribs }) => attribs['mediagroup'] ?? '',
}
const change = textual('cite datetime')
const cell: Methods = {
  ...textual('headers abbr scope'),
  ...numbers('colSpan=1 rowSpan=1'),
  cellIndex: (node) => (node.parent === null ? -1 : named(childElements(node.parent), 'td', 'th').indexOf(node)),
}
const column: Methods = numbers('span=1')

const KINDS: Readonly<Record<string, Methods>> = {
  a: link,
  area: { ...link, ...textual('alt coords shape') },
  audio: media,
  base: textual('href target'),
  button: {
    ...control,
    ...submission,
    ...textual('value'),
    type: ({ attribs }) => oneOf(attribs['type'], ['submit', 'reset', 'button', 'menu'], 'submit'),
  },
  canvas: numbers('width=300 height=150'),
  col: column,
  colgroup: column,
  data: textual('value'),
  datalist: { options: (node) => all(optionsOf(node)) },
  del: change,
  embed: { ...textual('src type'), ...textual('width height') },
  fieldset: {
    ...form,
    ...textual('name'),
    ...flags('disabled'),
    elements: (node) => all([...descendants(node)].filter((below) => 'name' in below.attribs || isControl(below))),
    type: () => 'fieldset',
    validity: () => undefined,
  },
  form: {
    ...textual('acceptCharset action name target'),
    ...flags('noValidate'),
    autocomplete: ({ attribs }) => oneOf(attribs['autocomplete'], ['on', 'off'], 'on'),
    elements: (node) => all(controlsOf(node)),
    encoding: ({ attribs }) => encodingOf(attribs['enctype']),
    enctype: ({ attribs }) => encodingOf(attribs['enctype']),
    length: (node) => controlsOf(node).length,
    method: ({ attribs }) => methodOf(attribs['method']),
  },
  iframe: { ...textual('height name src srcdoc width referrerPolicy'), ...flags('allowFullscreen') },
  img: {
    ...textual('alt crossOrigin name sizes src srcset useMap referrerPolicy'),
    ...flags('isMap'),
    ...numbers('width height'),
    currentSrc: ({ attribs }) => attribs['src'] ?? '',
  },
  input: {
    ...control,
    ...submission,
    ...textual('accept alt autocomplete defaultValue dirName inputMode max min pattern placeholder src step'),
    ...flags('checked multiple readonly required'),
    ...numbers('height width maxLength=-1 minLength=-1 size=20'),
    defaultChecked: ({ attribs }) => 'checked' in attribs,
    list: (node) => maybe(byId(node, node.attribs['list'])),
    readOnly: ({ attribs }) => 'readonly' in attribs,
    type: typeOf,
    value: controlValue,
  },
  ins: change,
  keygen: {
    ...form,
    ...labels,
    ...textual('challenge keytype name'),
    ...flags('autofocus disabled'),
    type: () => 'keygen',
  },
  label: { ...textual('htmlFor'), form: (node) => maybe(formOfLabel(node)), control: (node) => maybe(labelled(node)) },
  legend: { form: (node) => maybe(closest(node, 'form')), ...textual('value accessKey') },
  li: { ...textual('type'), ...numbers('value') },
  link: { ...textual('crossOrigin href hreflang media rel referrerPolicy sizes target type'), ...relations },
  map: {
    ...textual('name'),
    areas: (node) => all(named(descendants(node), 'area')),
    images: (node) => all(imagesOf(node)),
  },
  meta: textual('content httpEquiv name'),
  meter: { ...labels, ...numbers('value min max=1 low high=1 optimum=0.5') },
  object: { ...form, ...textual('data height name type useMap width'), ...flags('typeMustMatch') },
  ol: { ...flags('reversed'), ...numbers('start=1'), type: ({ attribs }) => attribs['type'] ?? '1' },
  optgroup: { ...textual('label'), ...flags('disabled') },
  option: {
    ...flags('selected'),
    defaultSelected: ({ attribs }) => 'selected' in attribs,
    disabled: isDisabledOption,
    form: (node) => maybe(formOfOption(node)),
    index: (node) => Math.max(0, optionsOf(closest(node, 'select') ?? node).indexOf(node)),
    label: (node) => node.attribs['label'] ?? optionText(node),
    text: optionText,
    value: optionValue,
  },
  output: {
    ...form,
    ...labels,
    ...textual('htmlFor name'),
    defaultValue: textOf,
    value: textOf,
    type: () => 'output',
  },
  param: textual('name value'),
  pre: textual('name value'),
  progress: {
    ...labels,
    max: maximumOf,
    position: (node) => ('value' in node.attribs ? progressOf(node) / maximumOf(node) : -1),
    value: progressOf,
  },
  q: textual('cite'),
  blockquote: textual('cite'),
  script: {
    ...textual('charset crossOrigin event htmlFor src type referrerPolicy'),
    ...flags('async defer noModule'),
    ...text,
  },
  select: {
    ...control,
    ...flags('multiple required'),
    length: (node) => optionsOf(node).length,
    options: (node) => all(optionsOf(node)),
    selectedIndex: (node) => optionsOf(node).indexOf(selectedOptions(node)[0] as ElementNode),
    selectedOptions: (node) => all(selectedOptions(node)),
    size: ({ attribs }) => number(attribs['size'], 'multiple' in attribs ? 4 : 1),
    type: ({ attribs }) => ('multiple' in attribs ? 'select-multiple' : 'select-one'),
    value: (node) => selectedOptions(node).map(optionValue)[0],
  },
  source: textual('keySystem media sizes src srcset type'),
  style: { ...textual('media'), ...flags('disabled'), type: ({ attribs }) => attribs['type'] ?? 'text/css' },
  table: {
    ...textual('sortable'),
    caption: (node) => maybe(named(childElements(node), 'caption')[0]),
    rows: (node) => all(rowsOf(node)),
    tBodies: (node) => all(named(childElements(node), 'tbody')),
    tFoot: (node) => maybe(named(childElements(node), 'tfoot')[0]),
    tHead: (node) => maybe(named(childElements(node), 'thead')[0]),
  },
  tbody: section,
  tfoot: section,
  thead: section,
  td: cell,
  th: { ...cell, ...textual('sorted') },
  tr: {
    cells: (node) => all(named(childElements(node), 'td', 'th')),
    rowIndex: (node) => rowsOf(closest(node, 'table') ?? node).indexOf(node),
    sectionRowIndex: (node) => (node.parent === null ? -1 : named(childElements(node.parent), 'tr').indexOf(node)),
  },
  textarea: {
    ...control,
    ...textual('autocomplete dirName placeholder wrap'),
    ...flags('required'),
    ...numbers('cols=20 rows=2 maxLength=-1 minLength=-1'),
    defaultValue: textOf,
    length: (node) => textOf(node).length,
    readOnly: ({ attribs }) => 'readonly' in attribs,
    type: () => 'textarea',
    value: textOf,
  },
  time: textual('datetime'),
  title: text,
  track: { ...textual('kind label src srclang'), ...flags('default') },
  ul: textual('type'),
  video: { ...media, ...textual('poster'), ...numbers('height width') },
}

const prototypes = new Map<string, object>()

/** The prototype of elements with that name; `base` has the methods of all. */
export function typedPrototype(base: object, name: string): object {
  if (!Object.hasOwn(KINDS, name)) return base
  let prototype = prototypes.get(name)
  if (prototype === undefined) {
    prototype = Object.create(base, methods(KINDS[name] as Methods)) as object
    prototypes.set(name, prototype)
  }
  return prototype
}

function methods(kind: Methods): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(kind).map(([name, read]) => {
      const value = function (this: Element): unknown {
        return read(nodeOf(this) as ElementNode)
      }
      return [name, { value, writable: true, configurable: true }]
    }),
  )
}

function urlOf(node: ElementNode): URL | undefined {
  const href = node.attribs['href'] ?? ''
  return URL.canParse(href) ? new URL(href) : undefined
}

/** The path of a relative address, as it is written. */
function pathOf(node: ElementNode): string {
  return (node.attribs['href'] ?? '').replace(/[?#].*$/s, '')
}

function oneOf(value: string | undefined, known: readonly string[], fallback: string): string {
  const text = value?.toLowerCase() ?? ''
  return known.includes(text) ? text : fallback
}

function methodOf(value: string | undefined): string {
  return value === undefined || value === '' ? 'get' : value.toLowerCase()
}

function encodingOf(value: string | undefined): string {
  const known = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
  return oneOf(value, known, known[0] as string)
}

function isControl({ name }: ElementNode): boolean {
  return name === 'input' || name === 'select' || name === 'textarea' || name === 'button'
}

function byId(node: ElementNode, id: string | undefined): ElementNode | undefined {
  return id === undefined ? undefined : firstBelowRoot(node, ({ attribs }) => attribs['id'] === id)
}

function labelled(label: ElementNode): ElementNode | undefined {
  if ('for' in label.attribs) return byId(label, label.attribs['for'])
  return [...descendants(label)].find(isControl)
}

function labelsOf(node: ElementNode): ElementNode[] {
  return named(descendants(rootOf(node)), 'label').filter((label) => labelled(label) === node)
}

function formOfLabel(label: ElementNode): ElementNode | undefined {
  const target = labelled(label)
  return target && formOf(target)
}

function formOfOption(option: ElementNode): ElementNode | undefined {
  const select = closest(option, 'select')
  return select && formOf(select)
}

function imagesOf(map: ElementNode): ElementNode[] {
  const use = `#${map.attribs['name'] ?? ''}`
  return named(descendants(rootOf(map)), 'img', 'object').filter(({ attribs }) => attribs['usemap'] === use)
}

function maximumOf({ attribs }: ElementNode): number {
  const max = number(attribs['max'], 1)
  return max > 0 ? max : 1
}

function progressOf(node: ElementNode): number {
  return Math.min(Math.max(number(node.attribs['value'], 0), 0), maximumOf(node))
}

/** The rows of a table, without those of tables inside it: first those of the head, last those of the foot. */
function rowsOf(table: ElementNode): ElementNode[] {
  const rows = named(descendants(table), 'tr').filter((row) => closest(row, 'table') === table)
  const rank = (row: ElementNode): number => {
    const name = row.parent !== null && 'name' in row.parent ? row.parent.name : ''
    return name === 'thead' ? 0 : name === 'tfoot' ? 2 : 1
  }
  return rows.sort((a, b) => rank(a) - rank(b))
}
