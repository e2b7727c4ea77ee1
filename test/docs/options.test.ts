import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { optionsDoc } from '../../src/cli/options-doc.js'

describe('docs/options.md', () => {
  it('is what the tables say; `node scripts/generate-options-doc.mjs` writes it', () => {
    assert.equal(readFileSync(join(process.cwd(), 'docs', 'options.md'), 'utf8'), optionsDoc())
  })
})
