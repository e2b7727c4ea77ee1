/** What the callee of a call is, as far as the text tells. */
import { keyName, type Node } from './ast.js'
import { type FunctionInfo, isFunction } from './scope.js'

/** The language's own globals (ECMAScript, not the host's): these stay plain identifiers, all others come from the VU's view. */
export const languageNames: ReadonlySet<string> = new Set(
  `undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent
  escape unescape Object Function Boolean Symbol Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError
  URIError Number BigInt Math Date String RegExp Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
  Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef
  FinalizationRegistry ArrayBuffer SharedArrayBuffer Atomics DataView JSON Promise Reflect Proxy Intl Iterator`.split(
    /\s+/,
  ),
)

const TIMERS = new Set(['setTimeout', 'setInterval'])

/** The one function that a callee can be. */
export function directFunction(callee: Node): FunctionInfo | undefined {
  if (callee.type === 'SequenceExpression') return directFunction(callee.expressions.at(-1))
  if (callee.type === 'Identifier') return callee.ref?.writes === 0 ? callee.ref.holds : undefined
  return isFunction(callee) ? callee.info : undefined
}

/** The specifier, when the expression is a whole built-in module. */
export function importedModule(node: Node): string | undefined {
  const imported = node.type === 'Identifier' ? node.ref?.imported : undefined
  return imported && (imported.name === '*' || imported.name === 'default') ? imported.specifier : undefined
}

/** Which function of which built-in module the expression is. */
export function importedName(node: Node): { specifier: string; name: string } | undefined {
  if (node.type === 'Identifier') return node.ref?.imported
  if (node.type !== 'MemberExpression') return undefined
  const specifier = importedModule(node.object)
  const name = keyName(node.property, node.computed)
  return specifier !== undefined && name !== undefined ? { specifier, name } : undefined
}

export function isLanguageFunction(callee: Node): boolean {
  if (callee.type !== 'Identifier' || callee.ref?.kind !== 'free') return false
  return TIMERS.has(callee.name) || (languageNames.has(callee.name) && callee.ref.writes === 0)
}

export function isInvoke(method: string): boolean {
  return method === 'call' || method === 'apply'
}

export function memberOf(callee: Node): Node | undefined {
  const node = callee.type === 'ChainExpression' ? callee.expression : callee
  return node.type === 'MemberExpression' ? node : undefined
}

export function methodName(callee: Node): string | undefined {
  const member = memberOf(callee)
  return member && keyName(member.property, member.computed)
}

/** `f.bind(…)` makes a function and calls none, unless the script has methods of that name. */
export function isBindCall(node: Node): boolean {
  return looksLikeBindCall(node) && !node.mayCallOwn
}

export function looksLikeBindCall({ type, callee, optional }: Node): boolean {
  return (
    type === 'CallExpression' &&
    !optional &&
    callee.type === 'MemberExpression' &&
    callee.object.type !== 'Super' &&
    !callee.optional &&
    methodName(callee) === 'bind'
  )
}

export function isNewPromise(node: Node): boolean {
  return isNew(node, 'Promise') && node.arguments.length === 1
}

export function isNewProxy(node: Node): boolean {
  return isNew(node, 'Proxy')
}

function isNew({ callee }: Node, name: string): boolean {
  return callee.type === 'Identifier' && callee.name === name && callee.ref?.kind === 'free'
}

export function hasRest(node: Node): boolean {
  return node.params.at(-1)?.type === 'RestElement'
}
