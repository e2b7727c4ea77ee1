import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { type CompileOptions, compile } from '../../src/pausable/compiler/compile.js'
import { ScriptRuntime } from '../../src/pausable/runtime/script-runtime.js'
import { createPositionMapper, PROGRAM_FILE } from '../../src/script/positions.js'

type Modules = Record<string, Record<string, unknown>>

interface Linked {
  exports: Record<string, any>
  view: Record<string, any>
  loaded: string[]
}

function link(
  source: string,
  modules: Modules = {},
  globals: Record<string, unknown> = {},
  options?: CompileOptions,
): Linked {
  const program = compile(source, undefined, options)
  const view = { ...globals }
  const loaded: string[] = []
  const world = {
    namespace: (specifier: string) => {
      loaded.push(specifier)
      return modules[specifier] ?? {}
    },
    global: view,
    meta: { url: 'file:///script.js' },
  }
  const evaluate = runInThisContext(program.code, { filename: PROGRAM_FILE })
  return { exports: evaluate(world, runtime), view, loaded }
}

const runtime = new ScriptRuntime({ enterPause: () => assert.fail('nothing pauses here') }, {})

describe('imports', () => {
  it('come in every form, from the modules in their order', () => {
    const { exports, loaded } = link(
      `import d, { a as b, c } from 'k6/one'; import * as ns from 'k6/two'; import 'k6/three'; import { c as again } from 'k6/one'
       export const result = [d.a, b, c, ns.x, again]`,
      { 'k6/one': { a: 'a', c: 'c' }, 'k6/two': { x: 'x' } },
    )
    // The default export of a built-in module is the module.
    assert.deepEqual(exports['result'], ['a', 'a', 'c', 'x', 'c'])
    assert.deepEqual([...new Set(loaded)], ['k6/one', 'k6/two', 'k6/three'])
  })

  it('are live: a getter of the module is read at each use', () => {
    let reads = 0
    const modules = { 'k6/execution': { get scenario() { return ++reads } } } // biome-ignore format: one line
    const { exports } = link(
      `import { scenario } from 'k6/execution'; export const read = () => [scenario, { scenario }.scenario, typeof scenario]`,
      modules,
    )
    assert.equal(reads, 0)
    assert.deepEqual(exports['read'](), [1, 2, 'number'])
  })

  it('are called without a this', () => {
    const modules = { k6: { check(this: unknown) { return this }, tag(this: unknown) { return this } } } // biome-ignore format: one line
    const { exports } = link(
      'import { check, tag } from "k6"; export const seen = [check(), tag`x`, check?.()]',
      modules,
    )
    assert.deepEqual(exports['seen'], [undefined, undefined, undefined])
  })

  it('of a missing name are undefined', () => {
    assert.equal(link('import { nothing } from "k6"; export { nothing }').exports['nothing'], undefined)
  })

  it('are not confused with local variables of the same name', () => {
    const source = `import { a } from 'm'
      function f(a) { { let a = 3 } return a }
      export const seen = [f(2), (({ a }) => a)({ a: 4 }), a, (() => { try { throw 5 } catch (a) { return a } })()]`
    assert.deepEqual(link(source, { m: { a: 1 } }).exports['seen'], [2, 4, 1, 5])
  })

  it('cannot be assigned', () => {
    assert.throws(() => link('import { a } from "m"; a = 1'), /"a" is an import and cannot be assigned/)
  })

  it('are listed with the exports', () => {
    const program = compile(
      `import { sleep } from 'k6'; import ws from 'k6/ws'; const options = {}; function main() {}
       export { options, main as default, sleep }; export { x as y } from 'k6/z'; export * as all from 'k6/all'`,
      undefined,
    )
    assert.deepEqual(program.imports, ['k6', 'k6/ws', 'k6/z', 'k6/all'])
    assert.deepEqual(program.exports, ['all', 'default', 'options', 'sleep', 'y'])
    assert.equal(program.kind, 'plain')
  })
})

describe('exports', () => {
  it('are live', () => {
    const { exports } = link('let n = 1; export { n, n as "two words" }; export function add() { n++ }')
    exports['add']()
    assert.equal(exports['n'], 2)
    assert.equal(exports['two words'], 2)
  })

  it('come from declarations, defaults and other modules', () => {
    const { exports } = link(
      `export const { a, b: [c], ...rest } = { a: 1, b: [2], d: 4 }; export class K {} export default function () { return 7 }
       export { x } from 'k6/x'; export * from 'k6/y'`,
      { 'k6/x': { x: 'x' }, 'k6/y': { y: 'y', a: 'hidden', default: 0 } },
    )
    assert.deepEqual([exports['a'], exports['c'], exports['rest']], [1, 2, { d: 4 }])
    assert.equal(exports['K'].name, 'K')
    assert.equal(exports['default'](), 7)
    assert.equal(exports['default'].name, 'default')
    assert.deepEqual([exports['x'], exports['y']], ['x', 'y'])
  })

  it('of a module with a top-level await come as a promise', async () => {
    const program = compile('export const value = await Promise.resolve(3)', undefined)
    assert.equal(program.isAsync, true)
    const { exports } = link('export const value = await Promise.resolve(3)')
    assert.equal(((await exports) as any).value, 3)
  })

  it('have no this at the top level', () => {
    assert.equal(link('export const self = this').exports['self'], undefined)
  })
})

describe('global names', () => {
  it('are read from the view at each use, or are a ReferenceError', () => {
    const { exports, view } = link(
      'export const read = () => value; export const kind = () => typeof value',
      {},
      { value: 1 },
    )
    assert.equal(exports['read'](), 1)
    view['value'] = null
    assert.equal(exports['read'](), null)
    delete view['value']
    assert.throws(exports['read'], { name: 'ReferenceError', message: 'value is not defined' })
    assert.equal(exports['kind'](), 'undefined')
  })

  it('of Node do not exist', () => {
    assert.throws(() => link('process.exit(1)'), /process is not defined/)
    assert.equal(link('export const kind = typeof Buffer').exports['kind'], 'undefined')
  })

  it('of the language stay as they are', () => {
    const source = 'export const all = [Math.max(1, 2), JSON.stringify([undefined]), new Map().size, NaN, Infinity]'
    assert.match(
      compile(source, undefined).code,
      /\[Math\.max\(1, 2\), JSON\.stringify\(\[undefined\]\), new Map\(\)\.size, NaN, Infinity\]/,
    )
  })

  it('of the language come from the view when it provides them', () => {
    assert.equal(
      link('export const max = Math.max(1, 2)', {}, { Math: { max: () => 'mine' } }, { worldNames: ['Math'] }).exports[
        'max'
      ],
      'mine',
    )
  })

  it('of the language that the script replaces stay within its VU', () => {
    const { exports, view } = link('const before = Symbol; Symbol = 1; export const seen = [before, Symbol]')
    assert.deepEqual(exports['seen'], [Symbol, 1])
    assert.equal(view['Symbol'], 1)
    assert.equal(typeof Symbol, 'function')
  })

  it('can be assigned in every way', () => {
    const source = `a = 1; a += 2; a++; b ??= 5; [c, d = 6] = [7]; ({ e, f: g, h = 8 } = { e: 9, f: 10 })
      for (i of [11]); for (j in { k: 1 }); export const get = () => [a, b, c, d, e, g, h, i, j]`
    const names = [...'abcdeghij']
    const { exports, view } = link(source, {}, Object.fromEntries(names.map((name) => [name, undefined])))
    assert.deepEqual(exports['get'](), [4, 5, 7, 6, 9, 10, 8, 11, 'k'])
    assert.deepEqual(Object.keys(view).sort(), names)
  })

  it('that nothing declares cannot be assigned, once the value is there', () => {
    const seen: string[] = []
    const view = { seen: (text: string) => seen.push(text) }
    for (const source of [
      'missing = seen(1)',
      '[missing] = [seen(1)]',
      'for (missing of [seen(1)]);',
      '({ missing } = { missing: seen(1) })',
    ]) {
      assert.throws(() => link(source, {}, view), { name: 'ReferenceError', message: 'missing is not defined' })
    }
    assert.equal(seen.length, 4)
    assert.throws(() => link('missing += 1'), /missing is not defined/)
    assert.throws(() => link('missing++'), /missing is not defined/)
  })

  it('are called without a this, also in templates and optional calls', () => {
    const seen = function (this: unknown) { return this } // biome-ignore format: one line
    assert.deepEqual(link('export const all = [f(), f`x`, f?.(), (f)()]', {}, { f: seen }).exports['all'], [
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('reach code that bundlers write for CommonJS', () => {
    const source = `var __require = ((x) => typeof require !== "undefined" ? require : x)(function () { throw Error('no') })
      export const seen = __require('k6/x/tcp')`
    assert.equal(link(source, {}, { require: (name: string) => `module ${name}` }).exports['seen'], 'module k6/x/tcp')
  })

  it('include import.meta and arguments outside functions', () => {
    assert.equal(link('export const url = import.meta.url').exports['url'], 'file:///script.js')
    assert.throws(() => link('arguments'), /arguments is not defined/)
  })
})

describe('the text', () => {
  it('that needs no link stays byte for byte', () => {
    const source = 'const a = 1 // one\n\n/* two */ function f ( x ) { return x+a }\n\texport { f }\n'
    assert.ok(
      compile(source, undefined).code.includes('const a = 1 // one\n\n/* two */ function f ( x ) { return x+a }\n\t'),
    )
  })

  it('may contain the names that the compiler would use', () => {
    const { exports } = link(
      'import { a } from "m"; const $$m0 = 1, $$rt = 2, $$0_m0 = 3; export const all = [a, $$m0, $$rt, $$0_m0]',
      { m: { a: 0 } },
    )
    assert.deepEqual(exports['all'], [0, 1, 2, 3])
  })

  it('may leave out semicolons', () => {
    const { exports } = link('const seen = []\nconst a = seen\nf(1)\nf(2)\nexport { seen }', {}, { f: () => 0 })
    assert.deepEqual(exports['seen'], [])
  })

  it('may begin with a hashbang', () => {
    assert.equal(link('#!/usr/bin/env sockeye\nexport const a = 1').exports['a'], 1)
  })
})

describe('positions', () => {
  it('of errors are those of the source', () => {
    const source =
      'import { a } from "m"\nexport function first() { second() }\nfunction second() {\n  a(); throw new Error("here")\n}\n'
    const mapper = createPositionMapper(compile(source, undefined, { sourceName: 'test.js' }).map)
    const { exports } = link(source, { m: { a: () => 0 } })
    try {
      exports['first']()
      assert.fail('should throw')
    } catch (error) {
      const stack = mapper.mapStack((error as Error).stack!)
      assert.equal(stack, 'Error: here\n    at second (test.js:4:14)\n    at first (test.js:2:27)')
    }
  })
})
