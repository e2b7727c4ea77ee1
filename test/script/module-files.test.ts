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

describe('require() of files with a name that is computed', () => {
  const script = (load: string): string =>
    `const name = './lib/a.js', table = { b: './lib/b.js' }
    const load = (path) => require(path)
    ${load}
    exports.default = function () { console.log(JSON.stringify(found)) }`
  const files = {
    'lib/a.js': `exports.a = 'a'; exports.inner = ((n) => require(n))('./c.js').c`,
    'lib/b.js': `export const b = 'b'`,
    'lib/c.js': `exports.c = 'c'`,
    'lib/data.json': '{ "d": 1 }',
  }
  const loads: Record<string, string> = {
    'a variable': `const found = require(name)`,
    'a helper around it': `const found = load('./lib/a.js')`,
    'a folder and a name': `const found = ['a'].map((n) => require('./lib/' + n + '.js'))[0]`,
    'a folder in a variable': `const folder = './lib/'; const found = load(folder + 'a.js')`,
  }
  for (const [what, load] of Object.entries(loads)) {
    it(`finds them by ${what}`, async () => {
      const { console, errors } = await runScript(script(load), { name: 'script.js', files })
      assert.deepEqual(errors, [])
      assert.deepEqual(console, ['{"a":"a","inner":"c"}'])
    })
  }

  it('finds ES modules and JSON; each is evaluated once, and only when it is asked for', async () => {
    const { console, errors } = await runScript(
      script(`const found = [load(table.b).b, load(table.b) === load(table.b), load('./lib/data.json').d]`),
      { name: 'script.js', files: { ...files, 'lib/a.js': `throw new Error('not asked for')` } },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['["b",true,1]'])
  })

  it('says what to do when there is no such file', async () => {
    const { exitCode, errors } = await runScript(script(`const found = load(['./lib', 'nothere.js'].join('/'))`), {
      name: 'script.js',
      files,
    })
    assert.equal(exitCode, 107)
    assert.match(
      errors[0] as string,
      /"\.\/lib\/nothere\.js" couldn't be found on local disk.*the whole path must be somewhere in the script/,
    )
  })
})

describe('a CommonJS file that throws while it is evaluated', () => {
  it('fails with what it threw', async () => {
    const { errors } = await runScript(`require('./lib/old.js')\nexports.default = function () {}`, {
      name: 'script.js',
      files: { 'lib/old.js': `throw new Error('broken')` },
    })
    assert.match(errors[0] as string, /^Error: broken\n\tat .*lib\/old\.js:1:7/)
  })
})

describe('a package.json with "type": "module"', () => {
  it('does not break CommonJS and UMD files beside it, imported or required by a computed name', async () => {
    const { console, errors } = await runScript(
      `import old from './old.js'
      import { umd } from './umd.js'
      import { own } from './esm.js'
      const table = { old: './old.js', umd: './umd.js', other: './other.js' }
      const load = (path) => require(path)
      const loaded = [load(table.old) === old, load(table.umd).umd(), load(table.other).other]
      export default function () { console.log(old.name, umd(), own, loaded.join()) }`,
      {
        name: 'script.js',
        files: {
          'package.json': '{ "type": "module" }',
          'old.js': `module.exports = { name: 'old' }`,
          'umd.js': `(function (root, make) { if (typeof module === 'object' && module.exports) module.exports = make(); else root.lib = make() })(this, function () { return { umd: function () { return 'umd' } } })`,
          'esm.js': `export const own = 'esm'`,
          'other.js': `exports.other = 'other'`,
        },
      },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['old umd esm true,umd,other'])
  })

  it('nor a script that is CommonJS itself', async () => {
    const { console } = await runScript(`exports.default = function () { console.log('ran') }`, {
      name: 'script.js',
      files: { 'package.json': '{ "type": "module" }' },
    })
    assert.deepEqual(console, ['ran'])
  })
})
