import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('modules of Node that only compute', () => {
  it('can be imported with their prefix', async () => {
    const result = await runScript(`
      import util, { inspect } from 'node:util'
      import * as path from 'node:path'
      export default function () {
        console.log(util.format('%d', 1), inspect(2), path.posix.join('a', 'b'))
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['1 2 a/b'])
  })

  it('are no others', async () => {
    const result = await runScript("import fs from 'node:fs'\nexport default function () { fs }")
    assert.equal(result.exitCode, 107)
    assert.match(result.errors.join('\n'), /"node:fs" is not available to scripts/)
  })
})
