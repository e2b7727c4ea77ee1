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
        packages: [],
        network: {},
      })
    }))

  it('says of each package what it needs', () =>
    inFolder(async ({ sockeye, write }) => {
      const packages: Record<string, string> = {
        plain: 'exports.a = 1',
        client: "const net = require('net'); exports.connect = () => require('node:tls') && net",
        addon: "try { exports.fast = require('./build/fast.node') } catch (error) { exports.error = error.message }",
        large: "exports.dns = require('dns')",
      }
      for (const [name, text] of Object.entries(packages)) await write(`node_modules/${name}/index.js`, text)
      const imports = Object.keys(packages).map((name) => `import * as ${name} from '${name}'`)
      const script =
        "export const options = { sharedPackages: ['large'] }\nexport default () => [plain, client, addon, large]"
      await write('s.ts', `${imports.join('\n')}\n${script}`)
      const { stdout, stderr } = await sockeye(['deps', 's.ts'])
      assert.deepEqual(stderr, '')
      const files = stdout.split('Files\n')[1]?.split('Packages\n')[0]
      assert.deepEqual(files?.trimEnd().split('\n'), [
        '  node_modules/addon/index.js',
        '  node_modules/client/index.js',
        '  node_modules/plain/index.js',
        '  s.ts',
      ])
      assert.deepEqual(stdout.split('Packages\n')[1]?.trimEnd().split('\n'), [
        '  addon: fine; looks for a native add-on, which is not loaded; per VU',
        "  client: needs Node's net, tls; per VU",
        "  large: needs Node's dns; shared by the VUs of a shard",
        '  plain: fine; per VU',
      ])
    }))

  it('fails with 107 for an import that leads nowhere', () =>
    inFolder(async ({ sockeye, write }) => {
      await write('s.ts', "import 'k6/x/tpc'")
      const { exitCode, stderr } = await sockeye(['deps', 's.ts'])
      assert.match(stderr, /msg="unknown module \\"k6\/x\/tpc\\"; did you mean \\"k6\/x\/tcp\\"\?"\n\n {4}s\.ts:1:7:\n/)
      assert.equal(exitCode, 107)
    }))
})
