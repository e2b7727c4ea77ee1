// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/**
 * Functions that are made anew at each call of the function around them, and share one twin: each rule of emit-shared.ts. Every
 * program makes its functions several times, so that one that looked at the variables of the first call would be found out.
 */
const G = 'function g(x) { if (x > 1) block(x); return x } '

export const closures: Record<string, string> = {
  'variables that are read and written':
    'function f(x) { let n = x; const k = x * 2; group("a", () => { n += g(k); n++; --n; log(n, n++) }); return [n, k] } function main() { return [f(1), f(2), f(3)] }',
  'every sort of assignment':
    'function f(x) { let a = x, b, c, o = { d: x }; const set = () => { [a, b] = [g(x), a]; ({ d: c, e: a = g(x) } = o); ({ b = 5 } = {}); a ||= 1; b &&= g(x); c ??= 9; for (a of [1, 2]) g(a); for (b in { k: 1 }) g(x); [a = 7, ...c] = [, a, b] }; set(); return [a, b, c] } function main() { return [f(1), f(2), f(3)] }',
  'shorthands, typeof and templates':
    'function f(x) { let a = x; const s = () => { g(a); return [{ a }, typeof a, typeof f2, `${a}`, ((a) => a)(4)] }; return [s(), f2(a)] } function f2(a) { return a } function main() { return [f(1), f(2)] }',
  'calls of captured functions, which get no object of ours as this':
    'function f(x) { function h() { return this } const t = function () { return this }, tag = (...a) => a.length; const r = () => { g(x); return [h(), t(), (0, h)(), h?.(), tag`a${x}b`, h.call(5), new t() instanceof t] }; return r() } function main() { return [f(1), f(2)] }',
  'constants that are written':
    'function f(x) { const k = x; const r = () => { g(x); k = 5 }; try { r() } catch (e) { return [e.name, e.message, k] } } function main() { return [f(1), f(2)] }',
  'variables without a value yet':
    'function f(x) { const r = () => { g(x); return late }; let e; try { r() } catch (error) { e = error } const late = x; return [e, r()] } function main() { return [f(1), f(2)] }',
  'a variable for each turn of a loop':
    'function f(x) { const all = []; for (let i = 0; i < 3; i++) all.push(() => { g(x); return i++ }); for (const k of [5, 6]) all.push(() => g(k)); return all.map((h) => [h(), h()]) } function main() { return [f(1), f(2)] }',
  'variables of several functions around it':
    'function f(x) { let a = x; return (y) => { let b = y; g(y); return (z) => { g(z); a += b; b += z; return () => { g(1); return [a++, b++, x, y, z] } } } } function main() { const p = f(1), q = f(2); const r = p(3)(4), s = q(5)(6); return [r(), s(), r(), s(), p(2)(2)(), q(1)(1)()] }',
  'this of an arrow function and of others':
    'class A { k = 1; m(x) { const r = () => { g(x); return [this.k, (() => { g(x); return this.k })(), typeof this] }; return r() } n(x) { return [1].map(function (y) { g(x); return [this, y] }, 7) } static s(x) { return (() => { g(x); return this.name })() } } class B extends A { constructor(x) { const later = () => { g(x); return this.k }; super(); this.r = later } } function main() { const a = new A(), b = new A(); b.k = 2; return [a.m(1), b.m(2), a.n(1), a.n(2), A.s(1), A.s(2), new B(1).r(), new B(2).r()] }',
  'arguments, new.target and super, which stay with their function':
    'class A { m(x) { return "A" + x } } class B extends A { m(x) { const r = () => { g(x); return super.m(x) + arguments.length }; return r() } } function F(x) { const r = () => { g(x); return new.target === F }; this.r = r } function own(x) { const r = function () { g(x); return [...arguments] }; return r(x, 2, 3) } function main() { return [new B().m(1), new B().m(2, 3), new F(1).r(), new F(2).r(), own(1), own(2)] }',
  'private names of a class that is made anew':
    'const make = (n) => class { #v = n; m(x) { const r = () => { g(x); return this.#v }; return r() } static has(o) { return (() => { g(2); return #v in o })() } }; function main() { const A = make(1), B = make(2), a = new A(), b = new B(); return [a.m(1), b.m(2), a.m(3), A.has(a), A.has(b), B.has(b)] }',
  'names that functions have':
    'function f(x) { let a, b; const h = () => { g(x); a = () => g(x); b = function () {}; b ??= 1; const c = () => g(x); return [a, b, c, (() => g(x)).name] }; return [h(), h, h.length] } function main() { return [f(1), f(2)] }',
  'functions that call themselves':
    'function f(x) { const fact = function self(n) { g(n); return n < 2 ? 1 : n * self(n - 1) }; let down = (n) => { g(n); return n ? down(n - 1) : "end" }; return [fact(4), down(3), fact.name, typeof self] } function main() { return [f(1), f(2)] }',
  'defaults, patterns and rest parameters':
    'function f(x) { const h = ({ a, b: [c] = [x] } = {}, d = a ?? x, ...rest) => { g(d); return [a, c, d, rest] }; const none = () => { g(x); return 1 }; return [h(), h({ a: 1 }), h({ a: 1, b: [2] }, 3, 4, 5), h.length, none(1, 2)] } function main() { return [f(1), f(2)] }',
  'variables called like members of classes':
    'function f(x) { let constructor = x, prototype = 2, name = 3, __proto__ = 4, $0 = 5; const h = () => { g(x); constructor++; __proto__++; return [constructor, prototype, name, __proto__, $0] }; return [h(), constructor, __proto__] } function main() { return [f(1), f(2)] }',
  'async functions':
    'async function f(x) { let n = x; const all = [1, 2].map(async (y) => { n += g(y); await 0; n += g(y); return n }); return [await Promise.all(all), n] } async function main() { return [await f(1), await f(2)] }',
  'functions inside generators and catch clauses':
    'function* f(x) { let n = x; const r = () => g(n++); yield r(); try { throw x } catch (e) { yield [1].map(() => { g(e); return e + n }) } yield n } function main() { return [...f(1), ...f(2)] }',
  'code made by eval':
    'function f(x) { let n = x; const h = () => { g(x); return eval("n + 1") }; return h() } function main() { return [f(1), f(2), f(3)] }',
  'errors inside, and finally':
    'function f(x) { let n = 0; const h = () => { try { n += g(x); throw new Error("e" + n) } finally { n += 10 } }; try { h() } catch (e) { return [e, n] } } function main() { return [f(1), f(2)] }',
  'several functions of one text at once':
    'function f(x) { let n = x; return { up: () => { g(x); return ++n }, get: () => { g(1); return n } } } function main() { const a = f(1), b = f(10); return [a.up(), b.up(), a.up(), b.up(), a.get(), b.get()] }',
  'functions made again while one is paused':
    'async function one(x) { let n = x; const h = async () => { await 0; n += block(x); await 0; n += block(x); return n }; return h() } async function main() { return Promise.all([one(1), one(2), one(3)]) }',
  'variables with names that the compiler might take for its own':
    'function f(v, e, p0, k0) { return group("g", () => { v++; e += block(1); p0 *= 2; k0 = [v, e]; return () => [v, e, p0, k0] }) } function main() { const h = f(5, 6, 7, 8); return [h(), f(1, 2, 3, 4)()] }',
}
for (const [title, text] of Object.entries(closures)) closures[title] = G + text
