/** What may be wrong with a file that cannot be parsed, when it is more than a slip in one line. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Message } from 'esbuild'
import { loadBundler } from './bundler.js'

/** Undefined when there is no such advice. */
export async function syntaxAdvice([first]: readonly Message[], cwd: string): Promise<string | undefined> {
  const file = first?.location?.file
  if (file === undefined) return undefined
  const content = await readFile(resolve(cwd, file)).catch(() => undefined)
  if (content === undefined) return undefined
  const mark = content.subarray(0, 2).toString('hex')
  if (mark === 'fffe' || mark === 'feff')
    return `${file} is UTF-16 text, as some editors and PowerShell write it: save it as UTF-8`
  if (content.includes(0)) return `${file} is not a text file`
  const text = content.toString()
  const isTypeScript = /\.[cm]?js$/.test(file) && !(await parses(text, 'js')) && (await parses(text, 'ts'))
  return isTypeScript ? `this is TypeScript: give the file a name that ends in .ts` : undefined
}

async function parses(text: string, loader: 'js' | 'ts'): Promise<boolean> {
  return await loadBundler()
    .transform(text, { loader, logLevel: 'silent' })
    .then(
      () => true,
      () => false,
    )
}
