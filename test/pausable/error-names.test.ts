/** Errors name what the user wrote: the compiled program says of each mistake what the language says of the source. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCompiled, runPlain } from './harness.js'

const BEFORE = 'function pick(x) { if (x === 9) block(1); return x }\nconst o = { m(x) { return pick(x) }, n: 5 };\n'

/** Statements that fail. Each is one that a compiled name has been seen in, or could be. */
const mistakes: Record<string, readonly string[]> = {
  'what is called': [
    'pick({}).json()',
    'pick(null).json()',
    'pick(1)()',
    'pick(1)(2)',
    'pick({}).a.b()',
    'pick({}).a()()',
    'o.m(1)()',
    'o.m({}).a()',
    `o['m']({})["zz"]()`,
    `o.m({})[pick('k')]()`,
    'pick([])[0]()',
    '(pick(0) || pick(1)).f()',
    '(pick(0) ?? 1).f()',
    '(o.n ? pick(1) : 2).f()',
    '(pick(1) + 1).f()',
    '(-pick(1)).f()',
    '(pick(1), pick(2)).f()',
    'let x; (x = pick(1)).f()',
    'pick(1).f(pick(2))',
    'o.nope(pick(1))',
    'pick({}).a?.b(); pick({ a: {} }).a?.b()',
    'pick({})?.a()',
    `group('a', () => pick({})).b()`,
    'block({}).b()',
    'block(1)()',
    'log.x()',
    'log(1)()',
    'pick(1)`x`',
    'pick({}).t`x`',
    '(() => pick(1))()()',
    '((x = pick(1)()) => x)()',
    'o.m.bind(o)(1)()',
    'pick.apply(null, [{}]).z()',
    '[1].map((x) => pick(x)).foo()',
    'let t = pick({}).x(); return t',
    'if (pick(1)()) ;',
    'let late = {}; [1].map(() => { pick(1); late.foo() })',
    'let late = {}; [1].map(() => { pick(1); late() })',
    'let late = {}; [1].map(() => { pick(1); new late.Foo() })',
  ],
  'what is constructed': [
    'new (pick(1))()',
    'new (pick({}).A)()',
    'new (pick({}).a.B)(1)',
    'new (pick(() => 1))()',
    'new log.Foo()',
  ],
  'what is iterated over': [
    'const [a] = pick(1)',
    'const [a] = pick()',
    'const [a] = pick({})',
    'let a; [a] = pick(1)',
    'for (const x of pick(1)) ;',
    'for (const x of pick()) ;',
    'for (const x of o.m(1)) ;',
    'for (const [x] of [pick(1)]) ;',
    'for (const x of o.n) pick(x)',
    'for (const x of 5) pick(x)',
    'for (const x of pick) pick(x)',
    'return [...pick(1)]',
    'return [...pick()]',
    'return Math.max(...pick(1))',
    'return Math.max(...pick())',
    'const [a] = block(1)',
    'for (const x of block(1)) ;',
    'function* g() { yield* pick(1) } return [...g()]',
  ],
  'what is taken apart': [
    'const { a } = pick()',
    'const { a } = pick(null)',
    `const { 'b-c': d } = pick()`,
    'const { a: { b } } = pick({})',
    'const { a, b } = o.m()',
    'const {} = pick()',
    'const { ...r } = pick()',
    'let a; ({ a } = pick())',
    'const { a } = block()',
    'for (const { a } of [null]) pick(a)',
    'for (const {} of [undefined]) pick(1)',
    '(() => { const { a } = pick() })()',
    '(({ a }) => pick(a))()',
  ],
}
const asyncMistakes = [
  '(await pick({})).json()',
  '(await pick(1))()',
  'const [a] = await pick(1)',
  'const { a } = await pick()',
  'for (const x of await pick(1)) ;',
  'for await (const x of pick(1)) ;',
  'for await (const x of o.n) pick(x)',
  'new (await pick(1))()',
  '(await pick({}).then((x) => x)).b()',
  'await (await pick({})).b()',
]

for (const [what, statements] of Object.entries(mistakes)) {
  describe(`an error names ${what} as the source does`, () => {
    for (const statement of statements) it(statement, () => compare(`function main() { ${statement} }`))
  })
}

describe('an error in an async function names things as the source does', () => {
  for (const statement of asyncMistakes) it(statement, () => compare(`async function main() { ${statement} }`))
})

async function compare(main: string): Promise<void> {
  const source = BEFORE + main
  const expected = await runPlain(source)
  assert.match(expected.result, /^threw TypeError/)
  assert.equal((await runCompiled(source, 1)).result, expected.result)
}
