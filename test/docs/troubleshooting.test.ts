/** Every warning that the source can log stands in docs/troubleshooting.md or docs/errors.md. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = process.cwd()
const LITERAL = /(?:'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`)/
/** `log.warning('…')`, `log.write('error', '…')` or `'warning'`, `warnOnce('…')`. */
const SAID = new RegExp(`(?:\\.warning\\(|warnOnce\\(|log\\.write\\('(?:error|warning)', )\\s*${LITERAL.source}`, 'g')
/** What says that a message above it is a warning. */
const MARKS = /level: 'warning'|\.warning\((?:message|text|msg)\b/g
const MESSAGE = new RegExp(`(?:message|text|msg)(?: =|:)\\s*${LITERAL.source}`, 'g')
/** Shorter pieces of a message say nothing. */
const LEAST = 10

function literal(match: RegExpMatchArray): string {
  return match[1] ?? match[2] ?? ''
}

function warningsIn(text: string): string[] {
  const direct = [...text.matchAll(SAID)].map(literal)
  const before = [...text.matchAll(MARKS)].flatMap(({ index }) => {
    const last = [...text.slice(Math.max(0, index - 400), index + 100).matchAll(MESSAGE)].at(-1)
    return last === undefined ? [] : [literal(last)]
  })
  return [...direct, ...before]
}

/** The longest part of a message that is always the same. */
function fixedPart(message: string): string {
  return plain(
    message
      .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '\n')
      .split('\n')
      .reduce((longest, part) => (part.length > longest.length ? part : longest), ''),
  )
}

/** Quotes and backticks are written in more than one way. */
function plain(text: string): string {
  return text.replace(/[`"'\\]/g, '').trim()
}

describe('docs/troubleshooting.md', () => {
  it('has every warning that the source can log', () => {
    const page = plain(
      ['troubleshooting.md', 'errors.md'].map((name) => readFileSync(join(root, 'docs', name), 'utf8')).join('\n'),
    )
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    )
    const parts = files.flatMap((path) => warningsIn(readFileSync(join(root, 'src', path), 'utf8')).map(fixedPart))
    const warnings = [...new Set(parts)].filter((part) => part.length >= LEAST)
    assert.ok(warnings.length > 30, `only ${warnings.length} were found`)
    assert.deepEqual(
      warnings.filter((part) => !page.includes(part)),
      [],
    )
  })
})
