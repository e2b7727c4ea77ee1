/**
 * In which file an `import.meta` stood before the bundler put all files into one: each file has its own.
 *
 * Shape  URL references relative to the entry file, or URLs; undefined for the entry file itself
 */
import { posix } from 'node:path'
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'
import type { TextLines } from './text-lines.js'

/** The last source of a bundle's map is the entry file (`markEntry`), and names are relative to one folder. */
export function metaFiles(lines: TextLines, map: TraceMap | undefined): (offset: number) => string | undefined {
  const entry = map?.sources.at(-1)
  if (map === undefined || entry == null) return () => undefined
  return (offset) => {
    const { line, column } = lines.position(offset)
    const { source: file } = originalPositionFor(map, { line: line + 1, column })
    return file === null || file === entry ? undefined : reference(entry, file)
  }
}

/** Makes the entry file the last source: one that only passes on what it imports leaves no trace in the map. */
export function markEntry(map: string, entry: string): string {
  const parsed = JSON.parse(map) as { sources: string[]; sourcesContent?: (string | null)[] }
  if (parsed.sources.at(-1) === entry) return map
  const sourcesContent = [...(parsed.sourcesContent ?? parsed.sources.map(() => null)), null]
  return JSON.stringify({ ...parsed, sources: [...parsed.sources, entry], sourcesContent })
}

function reference(entry: string, file: string): string {
  if (/^\w+:\/\//.test(file)) return file
  const path = posix.relative(posix.dirname(entry), file)
  return `./${path.split('/').map(encodeURIComponent).join('/')}`
}
