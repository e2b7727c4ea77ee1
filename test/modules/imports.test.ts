import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILTIN_SPECIFIERS } from '../../src/modules/catalog.js'
import { runScript } from '../helpers/run-script.js'

describe('imports of built-in modules', () => {
  for (const specifier of BUILTIN_SPECIFIERS) {
    it(`${specifier} comes as default, as names, as a namespace, and from require()`, async () => {
      const result = await runScript(
        `
        import module, { default as again } from '${specifier}'
        import * as namespace from '${specifier}'
        const required = require('${specifier}')
        export default function () {
          console.log(JSON.stringify([
            typeof module, module === again, namespace.noSuchName === undefined, required === module,
            Object.keys(module).every((name) => name in namespace), Object.keys(module).length > 0,
          ]))
        }`,
        { name: 'script.js' },
      )
      assert.equal(result.exitCode, 0, result.errors.join('\n'))
      assert.deepEqual(JSON.parse(result.console[0] as string), ['object', true, true, true, true, true])
    })
  }

  it('named imports of getters are live', async () => {
    const result = await runScript(
      `
      import { scenario, vu } from 'k6/execution'
      export const options = { iterations: 2 }
      export default function () { console.log(scenario.iterationInTest + ' ' + vu.iterationInInstance) }`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.console, ['0 0', '1 1'])
  })

  it('a name that a module does not have fails when it is called, names itself, its module and the nearest name', async () => {
    const missing = (module: string, name: string, nearest: string): string =>
      `: the module "${module}" has no export "${name}"; did you mean "${nearest}"?`
    const result = await runScript(
      `
      import k6 from 'k6'
      import ws, { default as again } from 'k6/ws'
      import * as tcp from 'k6/x/tcp'
      const tries = [
        () => k6.slep(1), () => k6.completely(), () => ws.conect('x'), () => again['conect'](), () => new tcp.Socker(),
        () => k6.slep\`1\`, () => k6.slep?.(1), () => ws.conect?.(), () => typeof k6.slep,
        () => k6.slep(console.log('arguments first')),
      ]
      export default function () {
        for (const attempt of tries) try { console.log(attempt()) } catch (error) { console.log(error.name + ': ' + error.message) }
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.console, [
      `TypeError: k6.slep is not a function${missing('k6', 'slep', 'sleep')}`,
      'TypeError: k6.completely is not a function: the module "k6" has no export "completely"',
      `TypeError: ws.conect is not a function${missing('k6/ws', 'conect', 'connect')}`,
      `TypeError: again.conect is not a function${missing('k6/ws', 'conect', 'connect')}`,
      `TypeError: tcp.Socker is not a constructor${missing('k6/x/tcp', 'Socker', 'Socket')}`,
      `TypeError: k6.slep is not a function${missing('k6', 'slep', 'sleep')}`,
      'undefined',
      'undefined',
      'undefined',
      'arguments first',
      `TypeError: k6.slep is not a function${missing('k6', 'slep', 'sleep')}`,
    ])
  })

  it('an imported name that does not exist stops the start; all of them are named, with their place and the nearest name', async () => {
    const result = await runScript(
      `import { check, chek } from 'k6'\nimport { Sockt as S } from 'k6/x/tcp'\nimport { again } from './lib.js'\nconsole.log('never')
      export default function () { chek(1, {}); new S(); check(again) }`,
      { name: 'script.js', files: { 'lib.js': `export { completely as again } from 'k6/metrics'` } },
    )
    assert.equal(result.exitCode, 107)
    assert.deepEqual(result.console, [])
    const provide = (module: string, name: string): string =>
      `The requested module "${module}" does not provide an export named "${name}"`
    assert.deepEqual(
      result.errors[0]?.split('\n').map((line) => line.trim()),
      [
        `SyntaxError: ${provide('k6', 'chek')}; did you mean "check"?, at script.js:1:17`,
        `${provide('k6/x/tcp', 'Sockt')}; did you mean "Socket"?, at script.js:2:10`,
        `${provide('k6/metrics', 'completely')}, at lib.js:1:24`,
      ],
    )
  })

  it('HTTP-01 a default import that is called says which name to import', async () => {
    const { console, exitCode } = await runScript(
      `import check from 'k6'
      import Socket from 'k6/x/tcp'
      import { default as go } from 'k6/http'
      const tries = [() => check(1, {}), () => new Socket(), () => go('x'), () => typeof check, () => check?.sleep(0)]
      export default function () {
        for (const attempt of tries) try { console.log(attempt()) } catch (error) { console.log(error.name + ': ' + error.message) }
      }`,
      { name: 'script.js' },
    )
    assert.equal(exitCode, 0)
    const whole = (module: string, name: string): string =>
      `: it is the whole module "${module}", its default export; import { ${name} } from "${module}" gives the function`
    assert.deepEqual(console.slice(0, 2), [
      `TypeError: check is not a function${whole('k6', 'check')}`,
      `TypeError: Socket is not a constructor${whole('k6/x/tcp', 'Socket')}`,
    ])
    assert.match(console[2]!, /^TypeError: go is not a function: it is the whole module "k6\/http", its default export/)
    assert.deepEqual(console.slice(3), ['object', 'undefined'])
  })

  it('a missing name is reported at the line that calls it, also where the iteration may pause', async () => {
    for (const line of ['k6.slep(1)', 'sleep(0); k6.slep(1)']) {
      const { errors } = await runScript(`import k6, { sleep } from 'k6'\nexport default function () {\n  ${line}\n}`, {
        name: 'script.js',
      })
      assert.equal(errors.length, 1)
      assert.match(
        errors[0] as string,
        /^TypeError: k6\.slep is not a function: the module "k6" has no export "slep"; did you/,
      )
      assert.match(errors[0] as string, /\n\tat default \(script\.js:3:\d+\)/)
    }
  })

  it('a method that an imported object does not have is named as the script names it', async () => {
    const { errors } = await runScript(
      `import { vu } from 'k6/execution'\nexport default function () { vu.nothing() }`,
      { name: 'script.js' },
    )
    assert.match(errors.join(), /^TypeError: vu\.nothing is not a function\n/)
  })

  it('the deprecated alias of k6/websockets warns once', async () => {
    const result = await runScript(
      `import { WebSocket } from 'k6/experimental/websockets'
       export const options = { vus: 3, iterations: 3 }
       export default function () {}`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.warnings, [
      'k6/experimental/websockets is deprecated and will be removed in a future release. Please use k6/websockets instead.',
    ])
  })
})

describe('open and require', () => {
  const thrown =
    'const thrown = (fn) => { try { console.log(String(fn())) } catch (error) { console.log(error.message) } }'
  const INIT_ONLY = (name: string): string =>
    `the "${name}" function is only available in the init stage (i.e. the global scope), see ` +
    'https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information'

  it('open reads text and bytes, relative to the folder of the script', async () => {
    const result = await runScript(
      `
      const text = open('data/a.txt')
      const again = open('./data/a.txt')
      const bytes = open('data/a.txt', 'b')
      export default function () {
        console.log(JSON.stringify([text, again === text, bytes instanceof ArrayBuffer, [...new Uint8Array(bytes)]]))
      }`,
      { name: 'script.js', files: { 'data/a.txt': 'hé' } },
    )
    assert.deepEqual(JSON.parse(result.console[0] as string), ['hé', true, true, [0x68, 0xc3, 0xa9]])
  })

  it('open refuses no name, folders and missing files', async () => {
    const result = await runScript(
      `${thrown}
      thrown(() => open())
      thrown(() => open(''))
      thrown(() => open('data'))
      thrown(() => open('missing.txt'))
      thrown(() => open('/dev/zero'))
      export default function () {}`,
      { name: 'script.js', files: { 'data/a.txt': '' } },
    )
    const empty = "open() can't be used with an empty filename"
    const folder = 'open() can\'t be used with directories, path: "data"'
    assert.deepEqual(result.console.slice(0, 3), [empty, empty, folder])
    // The whole path tells from which folder it was looked for.
    assert.match(result.console[3] as string, /^open (\/|[A-Z]:).*missing\.txt: no such file or directory$/)
    if (process.platform !== 'win32')
      assert.match(result.console[4] as string, /can't be used with devices, path: "\/dev\/zero"/)
  })

  it('virtual users may open only what was opened when the script was loaded', async () => {
    const result = await runScript(
      `open('a.txt')
      if (__VU > 0) open('b.txt')
      export default function () {}`,
      { name: 'script.js', files: { 'a.txt': '', 'b.txt': '' } },
    )
    assert.equal(result.exitCode, 107)
    const text =
      'open() can\'t be used with files that weren\'t previously opened during initialization (__VU==0), path: "b.txt"'
    assert.ok(result.errors.join('\n').includes(text), result.errors.join('\n'))
  })

  it('both are for the init code only', async () => {
    const result = await runScript(
      `${thrown}
      export default function () { thrown(() => open('a.txt')); thrown(() => require('k6')) }`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.console, [INIT_ONLY('open'), INIT_ONLY('require')])
  })

  it('require refuses an empty specifier', async () => {
    const result = await runScript(
      `${thrown}
      const load = require
      thrown(() => load(''))
      export default function () {}`,
      { name: 'script.js' },
    )
    assert.equal(result.console[0], "require() can't be used with an empty specifier")
  })

  it('CommonJS scripts require modules and files', async () => {
    const result = await runScript(
      `const { check } = require('k6')
      const { value } = require('./beside.js')
      exports.options = { iterations: 1 }
      exports.default = function () { console.log(typeof check + ' ' + value) }`,
      { name: 'script.js', files: { 'beside.js': 'exports.value = 9' } },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['function 9'])
  })
})

describe('__VU, __ITER and __ENV', () => {
  it('are what the phase says', async () => {
    const result = await runScript(
      `
      const init = [__VU, typeof __ITER]
      export const options = { iterations: 2 }
      export function setup() { console.log(JSON.stringify(['setup', __VU, typeof __ITER, __ENV.A])) }
      export default function () { console.log(JSON.stringify([init, __VU, __ITER, __ENV.A, __ENV.NONE ?? null])); __ENV.A = 'changed' }
      export function teardown() { console.log(JSON.stringify(['teardown', __VU, typeof __ITER, __ENV.A])) }`,
      { name: 'script.js', flags: ['-e', 'A=1'] },
    )
    assert.deepEqual(
      result.console.map((line) => JSON.parse(line)),
      [
        ['setup', 0, 'undefined', '1'],
        [[1, 'undefined'], 1, 0, '1', null],
        [[1, 'undefined'], 1, 1, 'changed', null],
        ['teardown', 0, 'undefined', '1'],
      ],
    )
  })

  it('a scenario adds to __ENV for its own iterations', async () => {
    const result = await runScript(
      `
      export const options = { scenarios: {
        a: { executor: 'per-vu-iterations', env: { WHO: 'a', A: '2' } },
        b: { executor: 'per-vu-iterations', startTime: '500ms' },
      } }
      export default function () { console.log(__ENV.WHO + ' ' + __ENV.A) }`,
      { name: 'script.js', flags: ['-e', 'A=1'] },
    )
    assert.deepEqual(result.console, ['a 2', 'undefined 1'])
  })
})
