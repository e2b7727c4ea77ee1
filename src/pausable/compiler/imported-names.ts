/** Which names a program imports from built-in modules, and where: whether they exist is known only where the modules are. */
import { keyName, type Node } from './ast.js'

export interface ImportedName {
  readonly specifier: string
  readonly name: string
  /** `file:line:column` in the user's files; empty when that is not known. */
  readonly place: string
}

/** `placeOf` goes from an offset in the text to a place. */
export function importedNames({ body }: Node, placeOf: (offset: number) => string | undefined): ImportedName[] {
  return (body as Node[]).flatMap((statement) => {
    if (!statement.source || !statement.specifiers) return []
    return (statement.specifiers as Node[]).flatMap((item) => {
      // `import { x as y }`, `export { x as y } from`: both name what the module has first.
      const key =
        item.type === 'ImportSpecifier' ? item['imported'] : item.type === 'ExportSpecifier' ? item.local : null
      const name = key === null ? undefined : keyName(key, false)
      if (name === undefined || name === 'default') return []
      return { specifier: statement.source.value as string, name, place: placeOf(item.start) ?? '' }
    })
  })
}
