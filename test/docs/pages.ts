/** The pages that users read: README.md and docs/, without the specification and the decisions, which are of their day. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

export interface Block {
  readonly page: string
  /** What stands behind the backticks that open it. */
  readonly kind: string
  readonly code: string
}

export function pages(): Page[] {
  const docs = readdirSync('docs').filter((name) => name.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))].map(readPage)
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(path, 'utf8') }
}

export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', code = '']) => ({
    page: path,
    kind,
    code,
  }))
}

/** All but the blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

/** What stands between single backticks. */
export function spansOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}
