// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Calls of every form, and the order in which their parts are evaluated. */
export const calls: Record<string, string> = {
  'a method': 'const o = { x: 1, m(y) { return block(this.x + y) } }; function main() { return o.m(2) }',
  'a chain of methods':
    'const o = { n: 0, add(x) { this.n += block(x); return this } }; function main() { return o.add(1).add(2).add(3).n }',
  'a computed method':
    'const o = { ab(x) { return block(x) } }; function main() { const k = "a"; return [o[k + "b"](1), o["ab"](2)] }',
  'a method behind a getter':
    'const o = { get m() { log("get"); return (x) => block(x) } }; function main() { return o.m(1) }',
  'arguments that pause':
    'function f(a, b, c) { return block(a - b * c) } function main() { return f(block(1), f(1, 2, 3), block(3)) }',
  'the order of callee and arguments': `const o = { get m() { log('m'); return (...a) => block(a) } }; const l = (x) => { log(x); return block(x) }
    function main() { return (log('o'), o).m(l(1), l(2), l(3)) }`,
  'the callee is read before the arguments':
    'let f = (x) => block(["old", x]); function main() { return f(f = (x) => block(["new", x])).length }',
  'spread arguments':
    'function f(...a) { return block(a) } function main() { return [f(...[1, 2], ...block([3]), 4), Math.max(...f(1, 5))] }',
  'a trailing comma': 'function f(a) { return block(a) } function main() { return f(1,) }',
  'comments in a call': 'function f(a) { return block(a) } function main() { return f /* ( */ ( /* ) */ 1 // )\n ) }',
  'parentheses around the callee':
    'const o = { x: 1, m() { return block(this.x) } }; function main() { return [(o.m)(), ((o)).m(), (0, o).m()] }',
  'a call of a sequence':
    'const o = { x: 1, m() { return block(this === undefined) } }; function main() { return (0, o.m)() }',
  'a call of a call': 'const f = (a) => (b) => (c) => block(a + b + c); function main() { return f(1)(2)(3) }',
  'a call of a condition':
    'const f = () => block(1), g = () => block(2); function main() { return [true, false].map((x) => (x ? f : g)()) }',
  'optional calls':
    'const f = (x) => block(x), o = { f, n: null }; function main() { return [f?.(1), o.f?.(2), o.n?.(log("no")), o.x?.(log("no"))] }',
  'optional members':
    'const o = { a: { f: (x) => block(x) } }; function main() { return [o?.a?.f(1), o.b?.f(log("no")), o.b?.c.d.f(log("no"))] }',
  'a long optional chain': `const o = { f(x) { return { g: (y) => block([x, y]), n: null } } }
    function main() { return [o?.f(1)?.g(block(2))?.[0], o.f(1).n?.x.g(1), o.f?.(1)?.g?.(2).length, o.q?.f(1).g(2)] }`,
  'this in optional chains':
    'const o = { x: 7, a: { x: 8, f() { return block(this.x) } } }; function main() { return [o?.a.f(), o.a?.["f"](), (o?.a).f(), o.a.f?.()] }',
  'optional chains with computed keys':
    'const o = { f: (x) => block(x) }; function main() { return [o?.[block("f")](1), o?.["f"]?.(2), null?.[log("no")](3)] }',
  'deleting after a call':
    'const o = { a: { b: 1 } }; const f = () => block(o); function main() { return [delete f().a.b, delete f()?.x, f()] }',
  'assigning to the result of a call':
    'const o = {}; const f = () => block(o); function main() { f().x = block(1); f().x += block(2); f().x++; return o }',
  call: 'function f(a, b) { return block([this.x, a, b]) } function main() { return f.call({ x: 1 }, 2, 3) }',
  apply:
    'function f(a, b) { return block([this.x, a, b]) } function main() { return [f.apply({ x: 1 }, [2, 3]), Reflect.apply(f, { x: 4 }, [5, 6])] }',
  bind: 'function f(a, b) { return block([this.x, a, b]) } function main() { const g = f.bind({ x: 1 }, 2); return [g(3), g.name, g.length] }',
  'bind of a method':
    'const o = { x: 1, m(y) { return block(this.x + y) } }; const m = o.m.bind(o); function main() { return [m(1), [1, 2].map(o.m.bind({ x: 5 }))] }',
  'bind of a bound function':
    'const f = function (...a) { return block([this.x, ...a]) }.bind({ x: 1 }, 1).bind({ x: 2 }, 2); function main() { return f(3) }',
  'a tagged template':
    'const tag = (s, ...v) => block(s.raw.join("|") + v.join()); function main() { return tag`a${1}b\\n${block(2)}c` }',
  'a tagged template that is a method':
    'const o = { x: 1, t(s) { return block([this.x, s.length]) } }; function main() { return [o.t`a${0}b`, o["t"]`c`] }',
  'the strings of a tagged template':
    'const tag = (s) => block(s); function main() { const f = () => tag`a`; return [f() === f(), tag`a` === tag`a`, Object.isFrozen(f())] }',
  'template literals': 'const f = (x) => block(x); function main() { return `a${f(1)}b${`${f(2)}`}` }',
  'a call in a call in a call': 'const f = (x) => block(x) + 1; function main() { return f(f(f(f(1)) + f(2)) + f(3)) }',
  'calling what is not a function': `const o = { a: 1, f: () => block(1) }; const tries = [() => o.b(), () => o.a(), () => o.f()(), () => o.x.y(), () => o["b"](), () => o.a.b.c(), () => block(0)()]
    function main() { return tries.map((f) => { block(0); try { f() } catch (e) { return e } }) }`,
  'arguments run before a missing function is noticed':
    'const o = { f: () => block(1) }; let u; function main() { try { u(log("argument"), o.f()) } catch (e) { return e } }',
  'operators around calls':
    'const f = (x) => block(x); function main() { return [f(1) + f(2) * f(3), f(2) ** f(3), -f(1), !f(0), typeof f(1), void f(1), f(1) in [0, 1], f([]) instanceof Array] }',
  'logical operators':
    'const f = (x) => (log(x), block(x)); function main() { return [f(0) && f(1), f(1) && f(2), f(0) || f(3), f(null) ?? f(4), f(5) ?? f(6)] }',
  'logical assignments':
    'const f = (x) => (log(x), block(x)); function main() { let a = 0, b = 1, c; a ||= f(2); b &&= f(3); c ??= f(4); a ||= f(9); return [a, b, c] }',
  'compound assignments':
    'let n = 1; const f = (x) => { n = 100; return block(x) }; function main() { n += f(5); const o = { n: 1 }; o.n += f(2); o[block("n")] *= f(3); return [n, o] }',
  'conditional expressions':
    'const f = (x) => block(x); function main() { return [f(1) ? f(2) : f(3), f(0) ? f(4) : f(5)] }',
  'sequence expressions': 'const f = (x) => (log(x), block(x)); function main() { return (f(1), f(2), f(3)) }',
  'array literals': 'const f = (x) => (log(x), block(x)); function main() { return [f(1), , ...[f(2), f(3)], f(4)] }',
  'object literals':
    'const f = (x) => (log(x), block(x)); function main() { return { a: f(1), [f("b")]: f(2), ...f({ c: 3 }), get d() { return 4 } } }',
  'destructuring from a call':
    'const f = (x) => block(x); function main() { const [a, , b = f(3)] = f([1, 2]); const { c = f(4), ...d } = f({ e: 5 }); return [a, b, c, d] }',
  'destructuring assignments':
    'const f = (x) => block(x); function main() { let a, o = {}; [a, o.x = f(2), ...o.r] = f([1, undefined, 3]); ({ y: o.y = f(4), [f("z")]: o.z } = f({ z: 5 })); return [a, o] }',
  'a new expression with arguments that pause':
    'class A { constructor(...a) { this.a = a } } const f = (x) => block(x); function main() { return new A(f(1), ...f([2])).a }',
  'a new expression of a returned class':
    'const f = () => block(class { x = 1 }); function main() { return new (f())().x }',
  'regular expressions and literals':
    'const f = (x) => block(x); function main() { return [/(a)/.exec(f("a"))[1], f(1n), f(0x10), f("\\u0041")] }',
  'a function called from code that cannot pause': `const log2 = (f) => { const before = 1; return f() + before }; const quiet = (x) => x * 2
    function main() { return [log2(() => block(1)), quiet(3)] }`,
  group: `function main() { return group('a', () => { log('in'); const x = group('b', () => block(2)); return x + block(1) }) }`,
  'group with a function declared elsewhere':
    'function body() { return block(this) } function main() { return group("a", body) }',
  'a blocking function under another name':
    'const wait = block; const o = { wait: block, all: [block] }; function main() { return [wait(1), o.wait(2), o.all[0](3), [4].map(block)] }',
  errors: `function f() { blockThrow(new TypeError('late')) } function main() { try { f() } catch (e) { log(e); throw new Error('again', { cause: e }) } }`,
  'statements without semicolons':
    'function main() {\n  const a = []\n  block(1)\n  block(2)\n  const f = () => block(a)\n  f().push(1)\n  if (f()) block(3)\n  else block(4)\n  return a\n}',
  'values that count as false': `const f = (x) => block(x), o = { f, m(x) { return block(x) }, t: (s, x) => block(x) }, id = (x) => { if (0) block(x); return x }
    class A { m(x) { return block(x) } } class B extends A { m(x) { return super.m(x) } }
    function main() {
      const values = [0, '', false, null, undefined, NaN, -0]
      return values.map((x) => [f(x), o.m(x), o?.m?.(x), o.t\`\${x}\`, new B().m(x), id(x), f.call(0, x), group('g', () => f(x)), [x].map(f), [x].find((y) => { f(y); return true })])
    }`,
  'deleting what an optional chain that pauses leads to': `const n = null, o = { f: () => block({ x: 1, y: { z: 2 } }) }
    function main() { return [delete n?.f().x, delete o?.f().x, delete o.f?.().y.z, delete n?.f?.().y[log('no')], delete o?.f()[block('x')]] }`,
  'super in templates and optional calls of arrow functions': `class A { tag(s, x) { return [this.x, s[0], x] } m(x) { return [this.x, block(x)] } }
    class B extends A { x = 3; all() { return [1].map(() => { block(1); return [super.tag\`a\${1}\`, super.no?.(1), super.m?.(2), super.no?.a.b(log('no')), super.m(3)?.[1]] }) } }
    function main() { return new B().all() }`,
}
