/**
 * The module's own statements: imports become properties of the world, exports become getters of the object that the program
 * returns.
 */
import { findToken, keyName, type Node } from './ast.js'
import { type Emitter, property, visitStatements } from './emit.js'

export interface ModuleLinks {
  /** Specifiers of all imports, in order of first appearance. */
  imports: string[]
  /** Exported names, each with the text that reads it. */
  exports: { name: string; text: string }[]
  /** Specifiers of `export * from`. */
  reexports: string[]
  /** Local names of `import * as`. */
  namespaces: { local: string; specifier: string }[]
  /** Local names of default imports. */
  defaults: { local: string; specifier: string }[]
}

export function emitModule(emitter: Emitter, program: Node): ModuleLinks {
  const links: ModuleLinks = { imports: [], exports: [], reexports: [], namespaces: [], defaults: [] }
  for (const statement of program.body) if (statement.source) useModule(emitter, statement.source.value, links)
  visitStatements(
    emitter,
    program.body.filter((statement: Node) => !emitLink(emitter, statement, links)),
  )
  links.exports.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return links
}

/** Handles an import or export; true when nothing of it is left to visit. */
function emitLink(emitter: Emitter, node: Node, links: ModuleLinks): boolean {
  switch (node.type) {
    case 'ImportDeclaration':
      importFrom(emitter, node, links)
      break
    case 'ExportNamedDeclaration':
      if (node.declaration) return exportDeclaration(emitter, node, links)
      if (node.source) exportFrom(emitter, node, links)
      else for (const specifier of node.specifiers) exportLocal(emitter, specifier, links)
      break
    case 'ExportAllDeclaration':
      exportAll(emitter, node, links)
      break
    case 'ExportDefaultDeclaration':
      return exportDefault(emitter, node, links)
    default:
      return false
  }
  emitter.edits.replace(node.start, node.end, '')
  return true
}

function useModule(emitter: Emitter, specifier: string, links: ModuleLinks): string {
  if (!links.imports.includes(specifier)) links.imports.push(specifier)
  return emitter.moduleVariable(specifier)
}

function importFrom(emitter: Emitter, node: Node, links: ModuleLinks): void {
  useModule(emitter, node.source.value, links)
  for (const specifier of node.specifiers) {
    const link = { local: specifier.local.name, specifier: node.source.value }
    if (specifier.type === 'ImportNamespaceSpecifier') links.namespaces.push(link)
    else if (isDefault(specifier)) links.defaults.push(link)
  }
}

/** `import d`, `import { default as d }` */
function isDefault(specifier: Node): boolean {
  return specifier.type === 'ImportDefaultSpecifier' || keyName(specifier.imported, false) === 'default'
}

function exportLocal(emitter: Emitter, specifier: Node, links: ModuleLinks): void {
  links.exports.push({ name: keyName(specifier.exported, false)!, text: emitter.readText(specifier.local.ref!) })
}

function exportFrom(emitter: Emitter, node: Node, links: ModuleLinks): void {
  const variable = useModule(emitter, node.source.value, links)
  for (const specifier of node.specifiers) {
    const name = keyName(specifier.local, false)!
    // The default export of a built-in module is the module.
    const text = name === 'default' ? variable : `${variable}${property(name)}`
    links.exports.push({ name: keyName(specifier.exported, false)!, text })
  }
}

function exportAll(emitter: Emitter, node: Node, links: ModuleLinks): void {
  const specifier = node.source.value
  useModule(emitter, specifier, links)
  if (!node.exported) links.reexports.push(specifier)
  else {
    const local = `${emitter.names.prefix}ns${links.namespaces.length}`
    links.namespaces.push({ local, specifier })
    links.exports.push({ name: keyName(node.exported, false)!, text: local })
  }
}

function exportDeclaration(emitter: Emitter, node: Node, links: ModuleLinks): boolean {
  emitter.edits.replace(node.start, node.declaration.start, '')
  for (const name of declaredNames(node.declaration)) links.exports.push({ name, text: name })
  emitter.visit(node.declaration)
  return true
}

function exportDefault(emitter: Emitter, node: Node, links: ModuleLinks): boolean {
  const { declaration } = node
  const isDeclaration = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
  if (isDeclaration && declaration.id) {
    emitter.edits.replace(node.start, declaration.start, '')
    links.exports.push({ name: 'default', text: declaration.id.name })
  } else {
    const local = `${emitter.names.prefix}default`
    // The property gives an anonymous function its name, `default`. JavaScript also hoists such a function, and here it is not: a bundler
    // has given it a name before.
    emitter.edits.replace(node.start, declarationStart(emitter, node), `const ${local} = { default: `)
    links.exports.push({ name: 'default', text: local })
  }
  emitter.visit(declaration)
  if (!isDeclaration || !declaration.id) emitter.edits.insert(declaration.end, ' }.default;')
  return true
}

function declarationStart(emitter: Emitter, node: Node): number {
  return findToken(emitter.source, 'default', node.start) + 'default'.length
}

function declaredNames(node: Node): string[] {
  if (node.type !== 'VariableDeclaration') return [node.id.name]
  return node.declarations.flatMap((declarator: Node) => patternNames(declarator.id))
}

function patternNames(node: Node | null): string[] {
  switch (node?.type) {
    case 'Identifier':
      return [node.name]
    case 'ObjectPattern':
      return node.properties.flatMap((item: Node) => patternNames(item.type === 'RestElement' ? item : item.value))
    case 'ArrayPattern':
      return node.elements.flatMap(patternNames)
    case 'RestElement':
      return patternNames(node.argument)
    case 'AssignmentPattern':
      return patternNames(node.left)
    default:
      return []
  }
}
