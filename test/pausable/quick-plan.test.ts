/** Which functions run without a generator until they pause: the list of docs/blocking.md. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QUICK_FORM } from '../../src/pausable/runtime/function-form.js'
import { compileMain } from './harness.js'

const SHARED = 'function g(x) { if (x) block(x); return x }\n'

function compiled(source: string): string {
  return compileMain(`${SHARED}${source}\nfunction main() { block(f(1)) }`).code
}

function hasQuickForm(source: string): boolean {
  const code = compiled(source)
  const form = /make\((\d+), [^"]*"f", \d/.exec(code) ?? /make\((\d+), function\*? f\$\$twin/.exec(code)
  const method = /methods\(this, (\d+), "f"/.exec(code)
  const arrow = /make\((\d+), \(\{ f\$\$twin/.exec(code)
  const flags = Number((arrow ?? method ?? form)?.[1])
  assert.ok(flags >= 0, code)
  return (flags & QUICK_FORM) !== 0
}

/** The quick form of `f` ends in a generator. */
function hasGenerator(source: string): boolean {
  return /function\* f\$\$twin\((?!p[,)])/.test(compiled(source))
}

describe('a quick form', () => {
  const quick: [string, string][] = [
    ['a condition around the last call', 'function f(x) { if (x > 0) block(x) }'],
    ['a result passed on', 'const f = (x) => g(x)'],
    ['a choice of results', 'const f = (x) => x ? g(x) : x && g(2)'],
    ['a value', 'function f(x) { const y = g(x); return y }'],
    ['a destructured value of which more is read', 'function f(x) { const { a } = g(x).b.c(); return a }'],
    ['conditions one after the other', 'function f(x) { if (x) g(x); if (g(x)) g(1); else g(2); return 3 }'],
    [
      'guards, values and results together',
      'function f(x) { if (!x) return; const r = g(x); if (r.status !== 200) return g(r); g(r.pause) }',
    ],
    ['a guard before a loop', 'function f(x) { if (!x) return; for (const y in x) g(y) }'],
    [
      'a private name of a class that is made once, and a loop over names',
      'const A = class { #p = 1; f(x) { if (x) return; for (const y in x) g(this.#p) } }',
    ],
    ['a method', 'const o = { f(x) { g(x); return this.k } }'],
    ['a method of a class', 'class A { f(x) { g(this.k); return super.f } }'],
    ['a function that uses arguments', 'function f(x) { g(arguments.length); return 1 }'],
    [
      'loops',
      'function f(x) { for (let i = 0; i < x; i++) { if (i === 3) continue; g(i) } while (g) block(x); do g(x); while (x--) }',
    ],
    ['a loop that uses arguments', 'function f(x) { while (x--) g(arguments[x]) }'],
    ['a try', 'function f(x) { try { return g(x) } catch (e) { log(e); return g(0) } }'],
    ['a finally', 'function f(x) { try { g(x) } finally { log(x) } return x }'],
    ['a loop over values', 'function f(x) { for (const { y = 1 } of x) g(y) }'],
    ['a loop around a try', 'function f(x) { while (x) { try { g(x--) } catch { break } } }'],
  ]
  for (const [title, source] of quick) {
    it(`is made of ${title}`, () => {
      assert.equal(hasQuickForm(source), true)
      assert.equal(hasGenerator(source), source.includes(' in '))
    })
  }

  const generators: [string, string][] = [
    ['a loop over names', 'function f(x) { for (const y in x) g(y) }'],
    [
      'a loop over a generator that pauses',
      'function* h() { yield block(1) } function f(x) { for (const y of h()) g(y) }',
    ],
    ['a loop that blocks for ever', 'function f(x) { for (;;) { log(x); block(x) } }'],
    ['a loop that returns', 'function f(x) { for (;;) { if (g(x)) return x } }'],
    ['a loop with a label', 'function f(x) { a: for (;;) { g(x); continue a } }'],
    ['a loop with a variable per turn', 'function f(x) { for (let i = 0; i < x; i++) { log(() => i); g(i) } }'],
    ['a loop that pauses in its condition', 'function f(x) { while (g(x)) log(x) }'],
    ['a finally that pauses', 'function f(x) { try { log(x) } finally { g(x) } }'],
    ['a finally that returns', 'function f(x) { try { g(x) } finally { return 1 } }'],
    ['a var that a loop keeps', 'function f(x) { while (x--) { var n; n = (n ?? 0) + 1; g(n) } }'],
    ['a function that blocks on every way', 'function f(x) { g(x); block(1); return x }'],
    ['a default value that may pause', 'function f(x = g(1)) { return g(x) }'],
    ['a call in an argument', 'function f(x) { log(g(x)) }'],
    ['an optional call', 'function f(x) { x?.g(g) ; g?.(x) }'],
    [
      'a variable used above its declaration',
      'function f(x) { const early = () => late; const late = g(x); return early() }',
    ],
    ['new.target', 'function f(x) { if (x) g(new.target) }'],
    ['arguments and a loop', 'function f(x) { if (x) return; for (const y in arguments) g(y) }'],
    [
      'a variable that a loop and a closure before it change',
      'function f(x) { let n = 0; log(() => n++); if (x) return; for (const y in x) n += g(y) }',
    ],
    [
      'a variable of another function',
      'function outer(y) { function f(x) { if (x) return; for (const z in x) g(y + z) } return f }',
    ],
    [
      'a private name of a class inside a function',
      'const make = () => class { #p = 1; f(x) { if (x) return; for (const y in x) g(this.#p) } }',
    ],
    [
      'a function that replaces itself in a loop over names',
      'function outer(y) { function f(x) { if (x) return; for (const z in x) { g(z); f = y } } return f }',
    ],
    ['a loop over what its variable would hide', 'function f(x) { for (const x of x) g(x) }'],
    ['an async function', 'async function f(x) { if (x) g(x) }'],
  ]
  for (const [title, source] of generators) {
    it(`is not made of ${title}`, () => assert.equal(hasQuickForm(source), false))
  }
})
