import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inFolder } from '../../helpers/cli.js'

describe('sockeye deps', () => {
  it('lists what a script and its files import, without running them', () =>
    inFolder(async ({ sockeye, write }) => {
      await write(
        's.ts',
        "import { a } from './lib/a'\nimport { check } from 'k6'\nthrow new Error('not run')\nexport { a, check }",
      )
      await write('lib/a.ts', "import ws from 'k6/ws'\nexport const a = ws")
      const text = await sockeye(['deps', 's.ts'])
      assert.deepEqual([text.exitCode, text.stderr], [0, ''])
      assert.equal(text.stdout, 'Built-in modules\n  k6\n  k6/ws\nFiles\n  lib/a.ts\n  s.ts\n')
      const json = JSON.parse((await sockeye(['deps', '--json', 's.ts'])).stdout)
      assert.deepEqual(json, {
        buildDependencies: {},
        imports: ['k6', 'k6/ws'],
        customBuildRequired: false,
        files: ['lib/a.ts', 's.ts'],
        network: {},
      })
    }))

  it('fails with 107 for an import that leads nowhere', () =>
    inFolder(async ({ sockeye, write }) => {
      await write('s.ts', "import 'k6/x/tpc'")
      const { exitCode, stderr } = await sockeye(['deps', 's.ts'])
      assert.match(stderr, /unknown module "k6\/x\/tpc"; did you mean "k6\/x\/tcp"\?/)
      assert.equal(exitCode, 107)
    }))
})
