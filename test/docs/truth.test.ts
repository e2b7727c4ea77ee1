/** What the pages name exists: commands with their flags, scripts of npm, files, links. What a page shows as a script can be loaded. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import { ARCHIVE_FLAGS, INSPECT_FLAGS } from '../../src/cli/command-flags.js'
import type { FlagDefinition } from '../../src/cli/flag-definition.js'
import { RUN_FLAGS } from '../../src/cli/flags.js'
import { createProgram } from '../../src/cli/program.js'
import { inFolder } from '../helpers/cli.js'
import { blocksOf, type Page, pages, proseOf, readPage, spansOf } from './pages.js'

const all = pages()
const SCRIPT_FLAGS: Readonly<Record<string, readonly FlagDefinition[]>> = {
  run: RUN_FLAGS,
  inspect: INSPECT_FLAGS,
  archive: ARCHIVE_FLAGS,
}
/** Where a shell, or the sentence around it, goes on. */
const END_OF_COMMAND = /\s(?:#|\||&&|&|>|;|<|2>)(?:\s|$)|[)"']\s*$|\\$/

/** Every `sockeye …` with what follows, up to the end of its command. */
function commandsOf(page: Page): string[][] {
  const shells = blocksOf(page).filter(({ kind }) => ['', 'sh', 'bash', 'text', 'js', 'ts'].includes(kind))
  const lines = [
    ...shells.flatMap(({ code }) => code.replace(/\\\n/g, ' ').split('\n')).filter((line) => !/level=|msg=/.test(line)),
    ...spansOf(page),
  ]
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|[\s$(=|])(?:sockeye|npx --yes sockeye-cli) ([a-z][\s\S]*)/g)].map(([, rest = '']) =>
      (rest.split(END_OF_COMMAND)[0] ?? '').trim().split(/\s+/),
    ),
  )
}

function knownFlags(name: string): string[] | undefined {
  const table = SCRIPT_FLAGS[name]
  if (table !== undefined) return ['-h', '--help', ...table.flatMap(({ name, short }) => [`--${name}`, `-${short}`])]
  const command = createProgram().commands.find((each) => each.name() === name)
  return command && ['-h', '--help', ...command.options.flatMap(({ long, short }) => [long ?? '', short ?? ''])]
}

function slug(heading: string): string {
  return heading
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

const headingsOf = (page: Page): string[] =>
  [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading))

describe('the pages', () => {
  it('show commands that there are, with flags that they have', () => {
    const wrong: string[] = []
    let count = 0
    for (const page of all) {
      for (const [name = '', ...words] of commandsOf(page)) {
        const flags = knownFlags(name)
        if (flags === undefined) {
          if (name !== 'help') wrong.push(`${page.path}: sockeye ${name} ${words.join(' ')}`)
          continue
        }
        count++
        // Behind -- stand flags of another command.
        const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
        for (const word of own) {
          const flag = /^--?[a-zA-Z][\w-]*/.exec(word.replace(/^\[/, ''))?.[0]
          if (flag !== undefined && !flags.includes(flag)) wrong.push(`${page.path}: sockeye ${name} ${flag}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
    assert.ok(count > 60, `only ${count} commands were found`)
  })

  it('tell who comes from k6 of every command', () => {
    const spans = spansOf(readPage(join('docs', 'migrating-from-k6.md')))
    const missing = createProgram().commands.filter((command) => !spans.includes(command.name()))
    assert.deepEqual(
      missing.map((command) => command.name()),
      [],
    )
  })

  it('name files of the repository that are there', () => {
    const wrong = all.flatMap((page) =>
      spansOf(page)
        .filter((span) => /^(src|test|bench|docs|examples|scripts|deploy|types)\/[\w./-]+$/.test(span))
        .filter((path) => !path.includes('/my-') && !existsSync(path))
        .map((path) => `${page.path}: ${path}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('link to pages and headings that are there', () => {
    const wrong = all.flatMap((page) => {
      const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
      return links.filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link)).map((link) => `${page.path}: ${link}`)
    })
    assert.deepEqual(wrong, [])
  })

  it('name scripts of npm and benches that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const wrong: string[] = []
    for (const page of all) {
      const texts = [...blocksOf(page).map(({ code }) => code), ...spansOf(page)].join('\n')
      for (const [, name = ''] of texts.matchAll(/npm run ([\w:]+)/g))
        if (!(name in scripts)) wrong.push(`${page.path}: ${name}`)
      for (const [, name = ''] of texts.matchAll(/(?:npm run bench -- |node bench\/)([a-z][\w-]*)/g)) {
        if (!existsSync(join('bench', `${name}.mjs`))) wrong.push(`${page.path}: bench ${name}`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('show scripts that can be loaded, with options that there are', () =>
    inFolder(async ({ path, sockeye, write }) => {
      const scripts = all
        .flatMap(blocksOf)
        .filter(({ kind, code }) => /^[jt]s$/.test(kind) && /export default (async )?function \w*\(/.test(code))
        .filter(({ code }) => !code.includes('sockeye-cli/extension'))
      assert.ok(scripts.length >= 5, `only ${scripts.length} scripts were found`)
      await write('protos/echo.proto', readFileSync(join('examples', 'grpc', 'protos', 'echo.proto')))
      // The packages that they import.
      await symlink(join(process.cwd(), 'node_modules'), join(path, 'node_modules'))
      const results = await Promise.all(
        scripts.map(async ({ page, kind, code }, index) => {
          await write(`script-${index}.${kind}`, code)
          const { exitCode, stderr } = await sockeye(['inspect', `script-${index}.${kind}`])
          return exitCode === 0 && stderr === '' ? [] : [`${page}: ${stderr}\n${code}`]
        }),
      )
      assert.deepEqual(results.flat(), [])
    }))
})

function leads({ path }: Page, link: string): boolean {
  const [file = '', heading] = link.split('#')
  const target = file === '' ? path : normalize(join(dirname(path), file))
  if (!existsSync(target)) return false
  return heading === undefined || !target.endsWith('.md') || headingsOf(readPage(target)).includes(heading)
}
