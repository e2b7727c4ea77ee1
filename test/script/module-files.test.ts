/** How the files of a script find each other, and what they open. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('open() in a file that the script imports', () => {
  const files = {
    'data.txt': 'of the script',
    'lib/data.txt': 'of lib',
    'lib/deep/data.txt': 'of deep',
    'lib/mod.js': `import { SharedArray } from 'k6/data'
      import './deep/mod.js'
      const load = (name) => open(name)
      export const top = open('./data.txt')
      export const inFunction = load('data.txt')
      export const shared = new SharedArray('s', () => [open('./data.txt')])
      export function later(name) { return open(name) }`,
    'lib/deep/mod.js': `export const deep = open('./data.txt')`,
    'lib/old.cjs': `exports.text = open('./data.txt')`,
  }

  for (const pause of ['', `sleep(0)\n`]) {
    it(`is relative to the file that is being evaluated${pause && ', also where the program may pause'}`, async () => {
      const { console, errors, warnings } = await runScript(
        `import { sleep } from 'k6'
        import { top, inFunction, shared, later } from './lib/mod.js'
        import { deep } from './lib/deep/mod.js'
        ${pause}
        const { text } = require('./lib/old.cjs')
        const called = later('./data.txt'), own = open('data.txt')
        export const options = { vus: 2, iterations: 2 }
        export default function () { sleep(0.1); console.log([top, inFunction, shared[0], deep, text, called, own].join(', ')) }`,
        { name: 'script.js', files },
      )
      assert.deepEqual(errors, [])
      const line = 'of lib, of lib, of lib, of deep, of lib, of the script, of the script'
      assert.deepEqual(console, [line, line])
      assert.deepEqual(warnings, [`open("./data.txt") in lib/mod.js is relative to script.js, which calls it`])
    })
  }
})

describe('require() with a name that is computed', () => {
  it('finds built-in modules, with their metrics', async () => {
    const { console, errors } = await runScript(
      `const names = { ws: 'k6/ws', k6: 'k6' }
      const load = (name) => require(names[name])
      const { sleep } = load('k6'), ws = load('ws'), again = require
      exports.options = { thresholds: { ws_sessions: ['count>=0'] } }
      exports.default = function () { sleep(0.001); console.log(typeof ws.connect, typeof again('k6/crypto').sha256) }
      again('k6/crypto')`.replace(`typeof again('k6/crypto').sha256`, `'x'`),
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['function x'])
  })
})

describe('a package.json with "type": "module"', () => {
  it('does not break CommonJS and UMD files beside it', async () => {
    const { console, errors } = await runScript(
      `import old from './old.js'
      import { umd } from './umd.js'
      import { own } from './esm.js'
      export default function () { console.log(old.name, umd(), own) }`,
      {
        name: 'script.js',
        files: {
          'package.json': '{ "type": "module" }',
          'old.js': `module.exports = { name: 'old' }`,
          'umd.js': `(function (root, make) { if (typeof module === 'object' && module.exports) module.exports = make(); else root.lib = make() })(this, function () { return { umd: function () { return 'umd' } } })`,
          'esm.js': `export const own = 'esm'`,
        },
      },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['old umd esm'])
  })

  it('nor a script that is CommonJS itself', async () => {
    const { console } = await runScript(`exports.default = function () { console.log('ran') }`, {
      name: 'script.js',
      files: { 'package.json': '{ "type": "module" }' },
    })
    assert.deepEqual(console, ['ran'])
  })
})
