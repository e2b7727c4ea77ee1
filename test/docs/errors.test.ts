import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ExitCode } from '../../src/run/exit-codes.js'

/** Codes that Node gives and our code looks at. */
const OF_NODE = ['ERR_SSL_', 'ERR_BUFFER_TOO_LARGE', 'ERR_WORKER_OUT_OF_MEMORY', 'ERR_INVALID_ARG_TYPE']

const root = process.cwd()
const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8')

function codesInSource(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const texts = files.map((path) => readFileSync(join(root, 'src', path), 'utf8'))
  const codes = texts.flatMap((text) => [...text.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code as string))
  return [...new Set(codes)].filter((code) => !OF_NODE.includes(code)).sort()
}

describe('docs/errors.md', () => {
  it('lists every code in src, and no other', () => {
    const listed = [...page.matchAll(/^\| `(ERR_[A-Z_]+)` \|/gm)].map(([, code]) => code)
    assert.deepEqual(listed.toSorted(), codesInSource())
  })

  it('lists every exit code', () => {
    const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    assert.deepEqual(
      listed.toSorted((a, b) => a - b),
      Object.values(ExitCode).toSorted((a, b) => a - b),
    )
  })
})
