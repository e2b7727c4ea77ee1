// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { buildSync } from 'esbuild'
import { compile } from '../../src/pausable/compiler/compile.js'
import { createPositionMapper } from '../../src/script/positions.js'
import { compileMain, compileOptions, load, TestVu } from './harness.js'

/** Names of the functions that got a pausable form. */
function pausable(source: string): string[] {
  const names = [...compileMain(source).code.matchAll(/(\w*)\$\$twin\b/g)].map((match) => match[1]!)
  return [...new Set(names)].sort()
}

async function run(source: string): Promise<{ result: unknown; stack: string; vu: TestVu }> {
  const program = compileMain(source)
  const vu = new TestVu(program, 3)
  try {
    const exports = await load(program, vu)
    return { result: await vu.run(exports['main']), stack: '', vu }
  } catch (error) {
    const { stack } = error as Error
    return { result: error, stack: createPositionMapper(program.map).mapStack(stack ?? ''), vu }
  }
}

describe('what becomes pausable', () => {
  const cases: [string, string, string[]][] = [
    ['a function that calls a blocking one', 'function main() { block(1) } function other() { return 1 }', ['main']],
    [
      'its callers, and their callers',
      'function a() { block(1) } const b = () => a(); function main() { b() } function c() { d() } function d() {}',
      ['a', 'b', 'main'],
    ],
    [
      'not a caller of a local function with the name of a blocking one',
      'function main() { const block = (x) => x; block(1) } function z() { block(1) }',
      ['z'],
    ],
    [
      'methods by their names',
      'const o = { m() { block(1) }, n() {} }; function main(x) { x.m() } function other(x) { x.n() }',
      ['m', 'main'],
    ],
    [
      'what a callback of forEach makes its caller',
      'function main() { [1].forEach((x) => block(x)) } function other() { [1].forEach((x) => x) }',
      ['', 'main'],
    ],
    [
      'a group only when its function is',
      'function main() { group("a", () => block(1)) } function other() { group("b", () => 1) }',
      ['', 'main'],
    ],
    [
      'handlers of events, but not who registers them',
      'function main(socket) { socket.on("open", () => block(1)) }',
      [''],
    ],
    [
      'not who calls another parameter',
      'function each(f) { f() } function main() { each(() => block(1)) } function one(g) { g() } function other() { one(() => 1) }',
      ['', 'each', 'main'],
    ],
    [
      'a generator, but not who only makes it',
      'function* g() { yield block(1) } function main() { return g() } function loop() { for (const x of g()); }',
      ['g', 'loop'],
    ],
    [
      'async functions, so that a paused VU holds them too',
      'async function quiet() { await 0 } function main() { block(1) }',
      ['main', 'quiet'],
    ],
  ]
  for (const [title, source, expected] of cases) {
    it(title, () => assert.deepEqual(pausable(source), expected))
  }

  it('is nothing in a program that calls no blocking function', () => {
    const source =
      'async function main() { for await (const x of []) await x; return log(1) } class A { #m() { return this.f() } }'
    const program = compileMain(source)
    assert.equal(program.pausable, 0)
    assert.ok(program.code.includes(source.replace('log(', () => '($$m0.log ?? $$world.missing("log", "k6", "log"))(')))
  })

  it('leaves functions that cannot pause byte for byte', () => {
    const quiet = 'function quiet( a,b ) { return a.b?.( c => c ) ?? [ ...b ].map( (x)=>x ) } // text'
    assert.ok(compileMain(`${quiet}\nfunction main() { block(quiet(1)) }`).code.includes(quiet))
  })

  it('is found through default and namespace imports, destructuring and require', () => {
    const sources = [
      'import k6 from "k6"; export function main() { k6.block(1) }',
      'import * as k6 from "k6"; export function main() { k6.block(1) }',
      'import k6 from "k6"; const { block: wait } = k6; export function main() { wait(1) }',
      'import k6 from "k6"; const { block } = wrap(k6); export function main() { block(1) } function wrap(x) { return x }',
      'const { block } = require("k6"); export function main() { block(1) }',
      'const k6 = require("k6"); export function main() { k6["block"](1) }',
      'import * as k6 from "k6"; export function main(name) { k6[name](1) }',
    ]
    for (const source of sources) assert.equal(compile(source, undefined, compileOptions).pausable > 0, true, source)
  })

  it('is found in methods of the objects that a module makes', () => {
    const options = { blocking: { 'k6/net/grpc': ['Client.invoke'] } }
    const source =
      'import grpc from "k6/net/grpc"; const client = new grpc.Client(); export function main() { client.invoke(1) } function other() { client.close() }'
    assert.equal(compile(source, undefined, options).pausable, 1)
  })
})

describe('a pause where nothing can pause', () => {
  const cases: [string, string, RegExp][] = [
    [
      'sort comparators',
      'function main() {\n  return [2, 1].sort((a, b) => block(a - b))\n}',
      /called from a sort comparator at test\.js:2:17\. Move the call out of the comparator\.$/,
    ],
    [
      'replace callbacks',
      'function main() { return "a".replace(/a/, () => block("b")) }',
      /called from a replace callback at test\.js:1:\d+\. Move the call out of the callback\.$/,
    ],
    [
      'toJSON',
      'function main() { return JSON.stringify({ toJSON: () => block(1) }) }',
      /called from toJSON\(\) or a replacer of JSON\.stringify\(\) at test\.js:1:\d+\./,
    ],
    [
      'revivers',
      'function main() { return JSON.parse("1", (k, v) => block(v)) }',
      /called from a reviver of JSON\.parse\(\)/,
    ],
    [
      'getters',
      'const o = {\n  get a() { return block(1) } }; function main() { return o.a }',
      /called from a getter at test\.js:2:\d+\. Move the call out of the getter\.$/,
    ],
    [
      'setters',
      'const o = { set a(v) { block(v) } }; function main() { o.a = 1 }',
      /called from a setter at test\.js:1:\d+\./,
    ],
    [
      'constructors',
      'class A { constructor() { block(1) } } function main() { return new A() }',
      /called from the constructor of A at test\.js:1:\d+\./,
    ],
    [
      'constructor functions',
      'function F() { block(1) } function main() { return new F() }',
      /cannot pause here: it was called from main\(\), which cannot pause|constructor/,
    ],
    [
      'class fields',
      'class A { x = block(1) } function main() { return new A() }',
      /called from the initial value of a class field at test\.js:1:\d+\./,
    ],
    [
      'conversions',
      'const o = { toString: () => block("x") }; function main() { block(1); return `${o}` }',
      /called from a conversion to a primitive value at test\.js:1:\d+\. Move the call out of the method\.$/,
    ],
    [
      'constructors of collections',
      'function* g() { yield block(1) } function main() { return new Set(g()) }',
      /called from a callback of new Set\(\)|called from a generator that the language runs/,
    ],
    ['other built-ins', 'function main() { return [2, 1].toSorted(() => block(1)) }', /called from a .* comparator/],
    [
      'array destructuring of a generator',
      'function* g() { yield block(1) } function main() { const [a] = g(); return a }',
      /called from a generator that the language runs at test\.js:1:\d+\. Move the call out of the generator\.$/,
    ],
  ]
  for (const [title, source, expected] of cases) {
    it(`is an error in ${title}`, async () => {
      const { result } = await run(source)
      assert.ok(result instanceof Error, String(result))
      assert.match(result.message, /^block\(\) cannot pause here: it was called from /)
      assert.match(result.message, expected)
      assert.equal((result as Error & { code: string }).code, 'ERR_CANNOT_PAUSE')
    })
  }

  it('can be caught where it happens, and runs finally blocks', async () => {
    const source = `function main() { return [2, 1].sort((a, b) => { try { block(1) } catch (e) { return a - b } finally { log('finally') } }) }`
    const { result, vu } = await run(source)
    assert.deepEqual(result, [1, 2])
    assert.deepEqual(vu.log, ['finally'])
  })
})

describe('a program with pauses at its top level', () => {
  it('is a generator itself', async () => {
    const program = compile('import { block } from "k6"; const a = block(1); export { a }', undefined, compileOptions)
    assert.equal(program.kind, 'pausable')
    const vu = new TestVu(program)
    assert.equal((await load(program, vu))['a'], 1)
    assert.equal(vu.pauses, 1)
  })

  it('may await as well', async () => {
    const program = compile(
      'import { block } from "k6"; export const a = block(await 1) + (await block(2))',
      undefined,
      compileOptions,
    )
    assert.equal(program.kind, 'pausable-async')
    assert.equal(program.isAsync, true)
    assert.equal((await load(program, new TestVu(program)))['a'], 3)
  })

  it('sets up the functions of the module first', async () => {
    const program = compile(
      'import { block } from "k6"; export const a = f(); function f() { return block(4) }',
      undefined,
      compileOptions,
    )
    assert.equal((await load(program, new TestVu(program)))['a'], 4)
  })
})

describe('a paused virtual user', () => {
  it('runs no callbacks of promises until the pause is over', async () => {
    const { vu } = await run(
      `async function f() { await 0; log('f') } function main() { f(); Promise.resolve().then(() => log('then')); for (let i = 0; i < 9; i++) block(i); log('main') }`,
    )
    assert.deepEqual(vu.log, ['main', 'f', 'then'])
  })

  it('is held by a coroutine that pauses after its first await', async () => {
    const { vu } =
      await run(`async function slow() { await 0; log('slow'); for (let i = 0; i < 9; i++) block(i); log('slow end') }
      async function quick() { for (let i = 0; i < 3; i++) { await 0; log('quick') } } function main() { slow(); quick() }`)
    assert.deepEqual(vu.log, ['slow', 'slow end', 'quick', 'quick', 'quick'])
  })

  it('is held by a callback of a promise that pauses', async () => {
    const { vu } = await run(
      `function main() { Promise.resolve().then(() => { for (let i = 0; i < 9; i++) block(i); log('a') }); Promise.resolve().then(() => log('b')) }`,
    )
    assert.deepEqual(vu.log, ['a', 'b'])
  })
})

describe('stack traces of pausable code', () => {
  it('name the functions and positions of the user, once each', async () => {
    const { stack } = await run(
      `function main() {\n  return first(1)\n}\nfunction first(x) {\n  block(x)\n  return o.second(x)\n}\nconst o = {\n  second(x) { return [x].map((y) => third(y)) } }\nfunction third() { throw new Error('here') }`,
    )
    const frames = stack
      .split('\n')
      .slice(1)
      .filter((line) => line.includes('test.js'))
    assert.deepEqual(
      frames.map((frame) => frame.replace(/^\s+at /, '').replace(/Object\./, '')),
      ['third (test.js:10:26)', 'test.js:9:37', 'second (test.js:9:26)', 'first (test.js:6:12)', 'main (test.js:2:10)'],
    )
    assert.doesNotMatch(stack, /twin|coroutine|virtual-user|node:/)
  })

  // Each line is one place of the stack; x says whether the calls before have paused.
  const places = `const g = (x) => { if (x) block(x) }
function fail() { throw new Error('here') }
function last(x) { g(x); fail() }
function value(x) { const a = g(x); const b = g(x); return [a, b, fail()] }
function result(x) { if (x) g(x); return last(x) }
function after(x) { if (x) { g(x) } value(x); return 1 }
function loop(x) { if (x === 5) return; g(x); for (const y of [x]) { g(y); fail() } }
class C { m(x) { this.n(x); return 1 } n(x) { g(x); const r = loop(x); return r } }
const arrow = (x) => new C().m(x)
function main() { try { MAIN } finally { block(0) } }`
  const stacks: [string, string[]][] = [
    ['last(X)', ['fail 2:25', 'last 3:26', 'main 10:25']],
    ['value(X)', ['fail 2:25', 'value 4:67', 'main 10:25']],
    ['result(X)', ['fail 2:25', 'last 3:26', 'result 5:42', 'main 10:25']],
    ['after(X)', ['fail 2:25', 'value 4:67', 'after 6:37', 'main 10:25']],
    ['loop(X)', ['fail 2:25', 'loop 7:76', 'main 10:25']],
    ['arrow(X)', ['fail 2:25', 'loop 7:76', 'n 8:63', 'm 8:23', 'arrow 9:30', 'main 10:25']],
  ]
  for (const [text, expected] of stacks) {
    for (const x of [0, 1]) {
      const place = text.replace('X', String(x))
      it(`show where ${place} was ${x ? 'after a pause' : 'without a pause'}`, async () => {
        // V8 counts the frames of the runtime too, which are dropped here.
        const limit = Error.stackTraceLimit
        Error.stackTraceLimit = 50
        const { stack } = await run(places.replace('MAIN', place))
        Error.stackTraceLimit = limit
        const frames = [...stack.matchAll(/at (?:(\S+) \()?test\.js:(\d+:\d+)/g)]
        assert.deepEqual(
          frames.map(([, name = '', position]) => `${name.replace(/^.*\./, '')} ${position}`),
          expected,
        )
        assert.doesNotMatch(stack, /twin|rest|coroutine|virtual-user|node:/)
      })
    }
  }

  it('go through the map of the bundler to the files of the user', async () => {
    const files: Record<string, string> = {
      'main.ts':
        'import { block } from "k6"\nimport { fail } from "./lib"\n\nexport function main(): void {\n  block(1 as number)\n  fail("x")\n}\n',
      'lib.ts':
        'interface Shape { a: string }\nexport function fail(text: string): Shape {\n  throw new Error(text)\n}\n',
    }
    const { code, map } = bundle(files, 'main.ts')
    const program = compile(code, map, compileOptions)
    const vu = new TestVu(program)
    const exports = await load(program, vu)
    const mapper = createPositionMapper(program.map)
    await assert.rejects(vu.run(exports['main']), (error: Error) => {
      const frames = mapper.mapStack(error.stack!).split('\n').slice(1)
      assert.match(frames[0]!, /at fail \(.*lib\.ts:3:9\)$/)
      assert.match(frames[1]!, /at main \(.*main\.ts:6:3\)$/)
      return true
    })
    assert.deepEqual(
      program.map.sources.map((source) => source?.replace(/.*\//, '')),
      ['main.ts', 'lib.ts'],
    )
  })
})

function bundle(files: Record<string, string>, entry: string): { code: string; map: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const result = buildSync({
      entryPoints: [`${folder}/${entry}`],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      sourcemap: 'external',
      outfile: `${folder}/out.js`,
      write: false,
      external: ['k6'],
    })
    const text = (suffix: string): string => result.outputFiles.find((file) => file.path.endsWith(suffix))!.text
    return { code: text('out.js'), map: text('.map') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
