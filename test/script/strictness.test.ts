/** What the bundler and one strict program for all files must not change of the language: run as scripts, as users do. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('a name that is used before its declaration', () => {
  it('is an error at the top level, for let, const and class', async () => {
    for (const declaration of [
      'const later = 1',
      'let later = 1',
      'class later {}',
      'const { later } = { later: 1 }',
    ]) {
      const { exitCode, log } = await runScript(`console.log(later)\n${declaration}\nexport default function () {}`)
      assert.equal(exitCode, 107, declaration)
      assert.match(log[0]!.msg, /ReferenceError: Cannot access 'later' before initialization/)
    }
  })

  it('is none for functions and var', async () => {
    const { exitCode, log } = await runScript(
      'console.log(typeof f, v); function f() {} var v = 1; export default function () {}',
    )
    assert.equal(exitCode, 0)
    assert.equal(log[0]!.msg, 'function undefined')
  })
})

describe('a constant that is assigned to', () => {
  it('is an error when it happens, not when the script is loaded', async () => {
    const { exitCode, log } = await runScript(`
      const top = 1, other = [2] // as const
      function inner() { const a = 1; try { a = 2 } catch (error) { return [error.name, error.message, a] } }
      export default function () {
        console.log(...inner(), other[0])
        for (const x of [1]) try { x = 2 } catch (error) { console.log('loop', error.name) }
        try { top++ } catch (error) { console.log('top', error.name, top) }
      }`)
    assert.equal(exitCode, 0)
    assert.deepEqual(
      log.map(({ msg }) => msg),
      ['TypeError Assignment to constant variable. 1 2', 'loop TypeError', 'top TypeError 1'],
    )
  })
})

describe('a name that nothing declares', () => {
  it('cannot be assigned', async () => {
    const { log } = await runScript('export default function () { typo = 1 }')
    assert.match(log[0]!.msg, /ReferenceError: typo is not defined/)
  })

  it('becomes a global of the VU in a CommonJS file that is not strict', async () => {
    const { exitCode, log } = await runScript(`
      leak = 5
      ;(function () { 'use strict'; try { nope = 1 } catch (error) { console.log(error.message) } })()
      exports.default = function () { console.log(leak, globalThis.leak) }`)
    assert.equal(exitCode, 0)
    assert.deepEqual([log.at(0)!.msg, log.at(-1)!.msg], ['nope is not defined', '5 5'])
  })
})

describe('this in a CommonJS file', () => {
  it('is the global object of the VU where sloppy code has no other', async () => {
    const { log } = await runScript(`
      var top = this
      class A { m() { return this } }
      const { m } = new A()
      exports.default = function () {
        console.log(top === globalThis, (function () { return this }).call(null) === globalThis, m() === undefined)
      }`)
    assert.equal(log.at(-1)!.msg, 'true true true')
  })
})

describe('deep source', () => {
  const nested: Record<string, string> = {
    branches: `const a = __VU; ${Array.from({ length: 2050 }, (_, i) => `if (a === ${i + 2}) {}`).join(' else ')}`,
    calls: `const o = { f() { return this } }; o${'.f()'.repeat(1100)}`,
    arrays: `const x = ${'['.repeat(770)}${']'.repeat(770)}`,
    blocks: `${'if (1) {'.repeat(3000)}sleep(0.001)${'}'.repeat(3000)}`,
  }
  for (const [what, text] of Object.entries(nested)) {
    it(`of ${what} runs`, async () => {
      const { exitCode, log } = await runScript(`import { sleep } from 'k6'; export default function () { ${text} }`)
      assert.deepEqual([exitCode, log.map(({ msg }) => msg)], [0, []])
    })
  }
})

describe('source that is too deep', () => {
  const nested: Record<string, string> = {
    blocks: `${'if (1) {'.repeat(20_000)}${'}'.repeat(20_000)}`,
    'blocks, a great many,': '{'.repeat(200_000) + '}'.repeat(200_000),
  }
  for (const [what, text] of Object.entries(nested)) {
    it(`of ${what} is an error of the script that says so`, async () => {
      const { exitCode, errors } = await runScript(`export default function () { ${text} }`)
      assert.equal(exitCode, 107)
      assert.match(errors.join(), /^"script\.ts" is nested too deeply to be compiled/)
    })
  }
})

describe('code that a script makes while it runs', () => {
  it('sees the globals of the VU and none of Node', async () => {
    const { console, exitCode } = await runScript(`
      const ways = [
        new Function('return this')(),
        Function('return (function () { return this }).call(null)')(),
        (0, eval)('this'),
        (() => {}).constructor('return globalThis')(),
      ]
      console.log(...ways.map((way) => way === globalThis))
      Function('viaFunction = 1')()
      console.log(viaFunction, Function('a', 'b', 'return a + b + viaFunction')(1, 2))
      const names = ['setImmediate', 'require', 'module', 'BroadcastChannel']
      console.log(...names.map((name) => Function('return typeof ' + name)() === typeof globalThis[name]))
      export default function () { console.log(Function('return __VU + __ITER')()) }`)
    assert.equal(exitCode, 0)
    assert.deepEqual(console.slice(-4), ['true true true true', '1 4', 'true true true true', '1'])
  })

  it('makes globals of the VU by var and function where eval is not called by its name', async () => {
    const { console, exitCode } = await runScript(`
      (0, eval)('var x = 1, { y, z = 3 } = { y: 2 }, unset; for (var i = 0, n = 2; i < n; i++); for (var key in { k: 1 }); function twice() { return x * 2 }')
      console.log(x, y, z, unset, i, n, key, twice(), 'unset' in globalThis)
      x = 5
      console.log(twice(), globalThis.x, (0, eval)('x + 1'), (0, eval)('var x; x'), (0, eval)('3; var x = 4'), eval?.('x'))
      ;(0, eval)('let own = 1; const other = 2; class Name {}; "use strict"; var kept = () => {}')
      ;(0, eval)('"use strict"; var strict = 1')
      console.log(typeof own, typeof other, typeof Name, kept.name, typeof strict)
      export default function () { console.log(typeof x, x, twice()) }`)
    assert.equal(exitCode, 0)
    assert.deepEqual(console.slice(-4), [
      '1 2 3 undefined 2 2 k 2 true',
      '10 5 6 5 3 4',
      'undefined undefined undefined kept undefined',
      'number 4 8',
    ])
  })

  it('is shared with no other VU', async () => {
    const { console, exitCode } = await runScript(
      `(0, eval)('var n = 0'); Function('m = 0')(); Function('with ({}) { l = 0 }')()
       export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } }
       export default function () { (0, eval)('n++'); Function('m++')(); Function('with ({}) l++')(); console.log(n, m, l) }`,
    )
    assert.equal(exitCode, 0)
    assert.deepEqual(console.toSorted(), ['1 1 1', '1 1 1', '2 2 2', '2 2 2'])
  })

  it('finds the variables around a call of eval by its name, and the globals of the VU', async () => {
    const { console, exitCode } = await runScript(
      `import { check } from 'k6'
      import http from 'k6/http'
      globalThis.mine = 'mine'
      const top = 'top'
      function f(param) {
        let local = 'local'
        const seen = eval('[top, param, local, arguments.length, mine, typeof check, typeof http.get, typeof __VU, typeof BroadcastChannel, typeof module]')
        eval('local = "changed"; mine = "changed"; var inner = 1')
        return [...seen, local, mine, typeof inner, Function('a', 'return eval("a + mine + typeof BroadcastChannel")')('a')].join(' ')
      }
      console.log(f('param'))
      for (const text of ['nothing', 'nothing = 1', '1 +']) try { eval(text) } catch (error) { console.log(String(error)) }
      console.log(eval(), eval(5), eval(...['1 + 1']), eval('this'), (() => eval('top'))())
      export default function () {}`,
      // In TypeScript imports that only eval() uses are dropped.
      { name: 'script.js' },
    )
    assert.equal(exitCode, 0)
    assert.deepEqual(console.slice(-5), [
      'top param local 1 mine function function number undefined undefined changed changed undefined achangedundefined',
      'ReferenceError: nothing is not defined',
      'ReferenceError: nothing is not defined',
      'SyntaxError: Unexpected end of input',
      'undefined 5 2 undefined top',
    ])
  })

  it('sees no globals of Node where only code that is not strict will do', async () => {
    const { console, exitCode } = await runScript(`
      const render = new Function('data', 'with (data) { return [title, typeof BroadcastChannel, typeof module, typeof __VU, this === globalThis, eval("title + typeof module")].join() }')
      console.log(render({ title: 'title' }))
      console.log(Function('octal', 'return [010, (function () { return this })() === globalThis, typeof module].join()')())
      console.log((0, eval)('var inWith = 7; function later() { return inWith } with ({ a: 1 }) { made = a + inWith } later()'), inWith, made, later())
      export default function () {}`)
    assert.equal(exitCode, 0)
    assert.deepEqual(console.slice(-3), [
      'title,undefined,undefined,number,true,titleundefined',
      '8,true,undefined',
      '7 7 8 7',
    ])
  })

  it('is else as the language makes it', async () => {
    const { console, exitCode } = await runScript(`
      class Own extends Function {}
      const seen = [new Own('return 7')(), new Own('return this') instanceof Own, Function.length, (() => {}) instanceof Function]
      for (const parts of [['a b', ''], ['}) , (function () {']]) try { Function(...parts) } catch (error) { seen.push(error.name) }
      seen.push(Function('with (this) { return 1 }')(), eval('seen.length'), (0, eval)('1 + 1'), String(new Function('a', 'return a')))
      console.log(JSON.stringify(seen))
      export default function () {}`)
    assert.equal(exitCode, 0)
    assert.deepEqual(JSON.parse(console[0]!), [
      7,
      true,
      1,
      true,
      'SyntaxError',
      'SyntaxError',
      1,
      6,
      2,
      'function anonymous(a\n) {\nreturn a\n}',
    ])
  })
})
