// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** What stands between pauses, in each shape, called so that it pauses and so that it does not. */
export const lines: Record<string, string> = {
  'a condition around the last call':
    'function f(x) { log("f", x); if (x > 1) block(x) } function main() { return [f(1), f(2), f(3)] }',
  'a value and what follows':
    'function g(x) { if (x) return block(x); return "no" } function f(x) { log("in"); const a = g(x); log(a); let b = g(x).length; b ??= 4; return [a, b] } function main() { return [f(0), f(1), f("xy")] }',
  'destructured values':
    'function g(x) { if (x) block(x); return { a: x, b: [x + 1, x + 2], c: 9 } } function f(x) { const { a, b: [, d], ...rest } = g(x); const [e = 1] = g(x).b; return [a, d, rest, e] } function main() { return [f(0), f(1)] }',
  'results passed on':
    'function g(x) { if (x > 0) return block(x); return x } const h = (x) => g(x + 1); function f(x) { return x ? h(x) : g(x) } const c = (x) => (log("c"), x && h(x)); function main() { return [f(0), f(1), f(-1), c(0), c(1), c(-1)] }',
  'results that are not passed on':
    'function g(x) { if (x) return block(x); return 5 } function f(x) { g(x) } const h = (x) => { x && g(x); }; const k = (x) => void g(x); function main() { return [f(0), f(1), h(0), h(1), k(0), k(1)] }',
  'conditions that pause':
    'function g(x) { if (x) return block(x); return 0 } function f(x) { log("a"); if (g(x)) { log("yes"); return g(x + 1) } else if (g(x + 2)) log("else"); if (g(x) === 3) throw new Error("three"); return "end" } function main() { const r = [f(0), f(1)]; try { r.push(f(3)) } catch (e) { r.push(e) } return r }',
  'guards that return and throw':
    'function g(x) { if (x > 3) block(x); return x } function f(x) { if (x === 1) { log("one"); g(x + 9); return "a" } if (x === 2) { g(9); throw new Error("b") } if (x === 3) return; const y = g(x); if (y === 4) { return g(4) } return g(y) } function main() { const r = []; for (let i = 0; i < 7; i++) try { r.push(f(i)) } catch (e) { r.push(e) } return r }',
  'conditions with something after them':
    'function g(x) { if (x) block(x); return x } function f(x) { let n = 1; if (x) { n += g(x); var seen = n } else g(0); n++; { g(x); n += 2 } if (n > 4) g(n); return [n, seen] } function main() { return [f(0), f(1), f(5)] }',
  'conditions with a variable that stays inside':
    'function g(x) { if (x) block(x); return x } function f(x) { let n = 1; if (x) { const m = g(x); n += m; var k = n; log(k) } n++; return n } function main() { return [f(0), f(1)] }',
  'what is left in a loop':
    'function g(x) { if (x > 2) block(x); return x } function f(x) { if (x === 0) return "none"; const a = g(x); const r = []; for (let i = 0; i < 3; i++) r.push(g(x + i)); try { g(9) } finally { r.push(this?.k, a) } return r } const o = { k: 5, f }; function main() { return [f(0), f(1), o.f(1), o.f(0)] }',
  'declarations that are used above them':
    'function g(x) { if (x) block(x); return x } function f(x) { const early = () => late; log(typeof v, hoisted(x)); const a = g(x); const late = g(a + 1); var v = 3; function hoisted(y) { return g(y) + 1 } return [early(), a, v] } function main() { return [f(0), f(1)] }',
  'a variable that is not there yet':
    'function g(x) { if (x) block(x); return x } function f(x) { const early = () => late; try { early() } catch (e) { log(e) } g(x); const late = 1; return early() } function h(x) { const y = g(x ? y : 0); return y } function main() { const r = [f(0), f(1), h(0)]; try { h(1) } catch (e) { r.push(e.name) } return r }',
  'a variable that changes in a loop inside a condition':
    'function g(x) { if (x) block(x); return x } function f(c) { let total = 0; if (c) { for (let i = 0; i < 2; i++) { total++; g(c) } log(total) } return total } function h(c) { let total = 0; if (c) { try { total += c; g(c) } finally { total *= 2 } } else g(c); total++; return total } function main() { return [f(0), f(1), h(0), h(3)] }',
  'loops that pause in some of their turns':
    'function g(x) { if (x % 2) block(x); return x } function f(n) { let sum = 0; for (let i = 0, k = n; i < k; i++) { if (i === 2) continue; if (i === 6) { log("break"); break } sum += i; const held = () => sum; sum += g(i); log(held()) } while (n > 0) { n--; g(n); if (n === 1) break } do { sum++; g(sum) } while (sum < 4); return [sum, n] } function main() { return [f(0), f(1), f(4), f(9)] }',
  'loops in loops':
    'function g(x) { if (x === 3) block(x); return x } function f(n) { let text = ""; for (let i = 0; i < n; i++) { for (let j = 0; ; j++) { if (j > i) break; if (j === 1) continue; g(i + j); text += `${i}${j} ` } switch (i) { case 1: continue; case 4: g(3); break; default: text += "d" } text += "|" } return text } function main() { return [f(0), f(2), f(6)] }',
  'what a loop binds':
    'function g(x) { if (x === 1) block(x); return x } function f(n) { const fs = []; for (let i = 0; i < n; i++) { fs.push(() => i); g(i) } for (const k = { v: 0 }; k.v < n; k.v++) { fs.push(() => k.v); g(k.v) } for (var v = 0; v < n; v++) { const w = v; fs.push(() => [v, w]); g(v) } let u = 0; while (u < n) { var kept; kept = (kept ?? 0) + 1; g(u++) } return [fs.map((h) => h()), v, kept] } function main() { return [f(0), f(3)] }',
  'loops over values':
    'function g(x) { if (x === 2) block(x); return x } function* count(n) { try { for (let i = 0; i < n; i++) { log("give", i); yield i } } finally { log("closed") } } const own = { [Symbol.iterator]() { let i = 0; return { next: () => ({ value: i, done: i++ > 3 }), return() { log("left"); return {} } } } }; function f(values, end) { const fs = []; for (const x of values) { const x2 = x; fs.push(() => x + x2); if (x === end) break; if (x === 1) continue; g(x); if (x === 3) throw new Error("three") } return fs.map((h) => h()) } let outer; function h(pairs) { let text = ""; for (const [k, { v = k } = {}] of pairs) { const k2 = k; g(v); text += k2 + v } for (outer of pairs) g(outer[0]); for (let [a] of pairs) { a++; g(a); { const a = 5; text += a } } return [text, outer] } function main() { const r = []; for (const values of [[], [0, 1, 2], [0, 1, 2, 3], new Set([2, 4]), count(3), count(5), own, "ab", undefined, { a: 1 }]) for (const end of [2, 9]) try { r.push(f(values, end)) } catch (e) { r.push(e) } r.push(h([[1, { v: 2 }], [2]]), h([])); return r }',
  'values that grow while a loop pauses':
    'function g(x) { if (x % 2) block(x); return x } function f(n) { const list = [n]; for (const x of list) { if (list.length < 4) list.push(x + 1); g(x) } const map = new Map([[1, n]]); for (const [k, v] of map) { g(k); if (map.size < 4) map.set(k + 1, v) } return [list, map] } function main() { return [f(0), f(1)] }',
  'names that a turn declares':
    'function g(x) { if (x) block(x); return x } function f(xs) { let n = 0; for (const x of xs) { const y = x; { const x = y + 1; n += x } g(n); if (y) { let x = 2; n += x; g(x) } function inner() { return g(x) + y } n += inner() } for (const x of xs) { const x = 1; n += x; g(x) } return n } function main() { return [f([]), f([0, 1])] }',
  'errors in loops':
    'function g(x) { if (x === 1) block(x); if (x === 2) throw new Error("two"); return x } function f(n) { let i = 0; try { for (; i < n; i++) g(i) } catch (e) { log(e, i); if (n > 4) throw new TypeError("more") } finally { i = -i } return i } function main() { const r = []; for (const n of [0, 2, 3, 5]) try { r.push(f(n)) } catch (e) { r.push(e) } return r }',
  'values out of try':
    'function g(x) { if (x > 1) block(x); if (x === 3) throw new Error("three"); return x } function f(x) { try { if (x === 9) return "nine"; return g(x) } catch ({ message: text = "no" }) { return g(text.length) } } function h(x) { let n = x; try { n += g(x); try { return n } finally { n = 100; log("inner", n) } } finally { n++; log("outer", n) } } function k(x) { for (let i = 0; i < 4; i++) { try { if (i === x) continue; if (i === x + 1) break; g(i) } catch { log("caught", i); g(2); continue } finally { log("end", i) } log("normal", i) } return x } function main() { const r = []; for (const x of [0, 1, 2, 3, 9]) { r.push(f(x), k(x)); try { r.push(h(x)) } catch (e) { r.push(e) } } return r }',
  'errors in handlers':
    'function g(x) { if (x > 1) block(x); if (x === 3) throw new Error("three"); return x } function f(x) { let log2 = []; try { try { g(x) } catch (e) { log2.push(e.message); g(3) } } catch (e) { log2.push("outer"); g(2) } try { if (x) throw x; g(2) } catch (e) { log2.push(e); throw g(2) } finally { log(log2) } return log2 } function main() { const r = []; for (const x of [0, 1, 3]) try { r.push(f(x)) } catch (e) { r.push(e) } return r }',
  'this and arguments in loops and try':
    'class A { k = 2; g(x) { if (x) block(x); return this.k + x } f(...xs) { let n = 0; while (n < arguments.length) { n++; this.k += this.g(xs[n - 1]) } try { return this.g(1) + n } finally { this.k = -1 } } } const o = { __proto__: { m(x) { if (x) block(x); return x } }, m(n) { let t = 0; for (let i = 0; i < n; i++) t += super.m(i); for (let i = 0; i < n; i++) { super.m(i); t++ } return t } }; function main() { const a = new A(); return [a.f(), a.f(0, 1), a.k, o.m(3)] }',
  'names that are declared twice':
    'function g(x) { if (x) block(x); return x } function f(x) { var a = 1; g(x); var a; const b = a; var a = g(b); { let b = 7; g(b); a += b } return [a, b, x] } function p(x) { g(x); var x = x + 1; return x } function main() { return [f(0), f(1), p(0), p(1)] }',
  'functions declared after a pause point':
    'function g(x) { if (x) block(x); return x } function f(x) { g(x); return inner(x) + later(); function inner(y) { return g(y) + 1 } function later() { return 10 } } function h(x) { g(x); function own() { return g(x) } class C { m() { return own() } } return new C().m() } function main() { return [f(0), f(1), h(0), h(2)] }',
  'this, also in arrow functions and after a pause':
    'class A { k = 3; g(x) { if (x) block(x); return this.k + x } f(x) { const a = this.g(x), t = () => this.k; const b = this.g(x); const c = [1].map((y) => this.g(y)); if (a > 3) { this.g(1); this.k++ } return [a, t(), b, c, (() => this.g(0))(), this.k] } static s(x) { if (x) block(x); return this.name } } const o = { k: 8, g(x) { const y = block(x); return this.k + y }, f: function (x) { if (x) this.g(x); return this.k } }; function loose(x) { if (x) block(x); return this } function main() { return [new A().f(0), new A().f(1), A.s(0), A.s(1), o.f(0), o.f(1), loose(0), loose(1), o.f.call({ k: 1, g() {} }, 1), loose.apply(7, [1])] }',
  'this that is undefined':
    'class A { m(x) { if (x) block(x); return this?.k } } function main() { const { m } = new A(); return [m(0), m(1), (0, new A().m)(1)] }',
  'arguments and defaults':
    'function g(x, ...more) { if (x) block(x); return more.length } function f(a, b = a + 1, { c = 3 } = {}) { g(a); return [a, b, c, arguments.length, (() => arguments[1])()] } const o = { k: 1, m(x) { if (x) block(x); return [this.k, arguments.length, ...arguments] } }; const rest = (...xs) => g(...xs); const d = (x, y = x) => g(x, y); function main() { return [f(0), f(1, 2), f(1, undefined, { c: 4 }), o.m(0, 1), o.m(1, 2, 3), rest(0, 1, 2), rest(1, 2), d(0), d(1), f.length, o.m.length, rest.length, d.length] }',
  'super and inheritance':
    'class A { m(x) { if (x) block(x); return "A" + x + this.k } } class B extends A { k = 1; m(x) { return super.m(x) } n(x) { const r = super.m(x); return [r, (() => super.m(x))()] } } const p = { m(x) { if (x) block(x); return this.k } }; const o = { __proto__: p, k: 5, m(x) { return super.m(x) } }; function main() { const b = new B(); return [b.m(0), b.m(1), b.n(0), b.n(1), o.m(0), o.m(1)] }',
  'private and static methods':
    'class A { #k = 2; #m(x) { if (x) block(x); return this.#k } static #s(x) { const y = block(x); return y + 1 } n(x) { return this.#m(x) } static t(x) { if (x) return A.#s(x); return 0 } ["c" + 1](x) { if (x) block(x); return this.n(x) } } function main() { const a = new A(); return [a.n(0), a.n(1), A.t(0), A.t(1), a.c1(0), a.c1(1), a.n, A.t, a.c1] }',
  'new of a function that may pause':
    'function F(x) { if (x) block(x); this.x = x } function main() { const f = new F(0); return [f.x, f instanceof F, block(1)] }',
  recursion:
    'function f(n) { if (n === 0) return block("deep"); return f(n - 1) } function sum(n) { if (n === 0) return 0; const rest = sum(n - 1); if (n === 3) block(n); return rest + n } const even = (n) => (n === 0 ? true : odd(n - 1)); const odd = (n) => (n === 0 ? block(false) : even(n - 1)); function main() { return [f(5), sum(6), even(4), even(3)] }',
  'calls through native callbacks, bind, call and apply':
    'class A { k = 2; m(x) { if (x > 1) block(x); return this.k * x } } function f(x) { if (x > 2) block(x); return x } function main() { const a = new A(); const m = a.m.bind(a), m2 = a.m.bind(a, 2); return [[1, 2, 3].map(f), [1, 2].map(a.m, a), m(1), m(2), m2(), m2(), f.call(null, 3), a.m.apply(a, [2]), [3, 1, 2].sort((x, y) => (x === y ? f(9) : x - y)), Reflect.apply(f, null, [3])] }',
  'plain forms where nothing may pause':
    'const f = (x) => { if (x > 5) block(x); return x }; const o = { toString() { f(1); return "text" }, get v() { return f(2) } }; function main() { block(0); let e; try { [2, 1].sort(() => f(7)) } catch (error) { e = error.code } if (0) log(e); return [`${o}`, o.v, JSON.stringify({ toJSON: () => f(3) })] }',
  'a function that gives a function':
    'const twice = (g) => (x) => g(g(x)); const f = twice((x) => { if (x > 2) block(x); return x + 1 }); const h = twice(twice(f)); function main() { return [f(0), f(2), h(0), h] }',
  'chains and templates after a value':
    'function g(x) { if (x) block(x); return { s: "v" + x, n: null, f() { return this.s } } } function f(x) { const a = g(x).f().length; const b = `${a}`; const c = -g(x).s.length; const d = g(x)["s"] + b; const e = g(x).f() === "v0" ? "zero" : c; g(x).n?.m(); return [a, b, c, d, e] } function main() { return [f(0), f(1)] }',
  'errors after a value':
    'function g(x) { if (x) block(x); return x ? undefined : { a: 1 } } function f(x) { const { a } = g(x); return a } function h(x) { g(x).a.b.c; return 1 } function main() { const r = []; for (const k of [f, h]) for (const x of [0, 1]) try { r.push(k(x)) } catch (e) { r.push(e.name) } return r }',
  assignments:
    'let top = 0; function g(x) { if (x) block(x); return x + 1 } function f(x) { let a; a = g(x); top = g(a); a = top = g(x) + 1; const o = {}; o.p = g(x); o[g(x)] = g(2); a += g(x); return [a, top, o] } function k(x) { const c = 1; try { return (() => { c = g(x) })() } catch (e) { return e.name } } function main() { return [f(0), f(1), k(0), k(1)] }',
  'lines without semicolons':
    'function g(x) { if (x) block(x); return x }\nfunction f(x) {\n  const a = g(x) // first\n  /* then */ g(a)\n  ;[1].forEach((y) => g(y))\n  ;(g)(2)\n  const b = /* here */ (g(a)) /* there */\n  let c = (\n    // why\n    g(b)\n  )\n  return (\n    g(c)\n  )\n}\nfunction main() { return [f(0), f(1)] }',
  'many calls in a row': `function g(x) { if (x) block(x); return x } function f(x) { let n = 0; ${Array.from({ length: 20 }, (_, i) => `const v${i} = g(x); n += v${i};`).join(' ')} return n } function main() { return [f(0), f(1)] }`,
  'private names of classes that are made twice':
    'function g(x) { if (x) block(x); return x } const make = (n) => class { #v = n; m(x, o) { if (x === 0) return 0; for (const k in { a: 1 }) g(x); return [this.#v, #v in o] } }; class C { #w = 3; m(x) { if (x === 0) return 0; for (const k in { a: 1 }) g(x); return this.#w } n(x) { if (x === 0) return 0; for (const k in { a: 1 }) { g(x); const D = class { #z = x; z() { return this.#z } }; log(new D().z()) } } } function main() { const A = make(1), B = make(2), a = new A(), b = new B(), c = new C(); return [a.m(0), a.m(1, b), b.m(2, b), c.m(0), c.m(1), c.n(1)] }',
  'functions that replace themselves':
    'function g(x) { if (x) block(x); return x } function outer() { const run = (x) => lazy(x), drop = () => { later = () => "dropped" }; const calls = []; function lazy(x) { if (!x) return "none"; for (const k in { a: 1 }) { g(x); lazy = () => "new" } return "old" } calls.push(() => later(1)); function later(x) { if (!x) return "none"; let seen = ""; for (const k in { a: 1, b: 2 }) { g(x); seen += later.name; drop() } return seen } const r = [run(0), run(1), run(1)]; for (const call of calls) r.push(call(), call()); return r } function main() { return outer() }',
  'a variable declared below what uses it and returns':
    'function g(x) { if (x) block(x); return x } function f(x, o) { if (x) { for (const k in o) { g(k); log(late) } return 1 } const late = g(5); return late } function main() { const r = [f(1, {}), f(0)]; try { f(2, { a: 1 }) } catch (e) { r.push(e.name) } return r }',
  'fields whose names pause':
    'function g(x) { if (x) block(x); return x } function f(x) { class C { [g(x)] = 1; static [g(x + 1)] = 2 } return [new C(), Object.keys(C)] } function h(x) { if (x > 5) return 1; const C = class { [g(x)] = () => g(x) }; return Object.keys(new C()) } function k(x, C = class { [block(x)] = x }) { return new C() } function main() { return [f(0), f(1), h(0), h(1), k(1)] }',
  'heads of loops':
    'function g(x) { if (x) block(x); return x } function f(o) { let a, b; for ({ a } = o; a < 3; a++) g(a); for (function () { b = 1 }(); b < 3; b++) g(b); for (class { static { a = 0 } }; a < 2; a++) g(a); for ([a, b] = [b, a]; a < 4; a++) g(b); for (a = 0, b = 1; a < 3; a++, b += 2) g(a); return [a, b] } function early(x) { for (const x of x) g(x) } function late(x) { for (const x of [() => x]) { g(1); log(x()) } } function main() { const r = [f({ a: 0 })]; for (const k of [early, late]) try { k([1]) } catch (e) { r.push(e.name) } return r }',
  'a directive that is none':
    'function g(x) { if (x) block(x); return x } function f(x) { try { "use strict"; g(x); throw { message: x } } catch ({ message }) { "use strict"; log(message) } } function main() { f(0); f(1) }',
  'iterators of every sort':
    'function g(x) { if (x) block(x); return x } class L extends Array { [Symbol.iterator]() { let i = 0; return { next: () => ({ value: i, done: i++ > 2 }) } } } const own = (end) => ({ get [Symbol.iterator]() { log("iterator"); return () => { let i = 0; return { get next() { log("next"); return () => ({ get value() { log("value"); return i }, get done() { log("done"); return i++ > 2 } }) }, get return() { log("return"); return end } } } } }); function f(values, last) { try { for (const x of values) { log(x); g(x); if (x === last) break; if (x === last + 1) throw new Error("body") } } catch (e) { log(e) } } function main() { f(new L(), 1); for (const end of [undefined, null, () => 5, () => ({}), () => { throw new Error("end") }]) for (const last of [0, 1, 2, 9]) f(own(end), last); for (const x of [{ [Symbol.iterator]: 5 }, { [Symbol.iterator]() { return 1 } }, { [Symbol.iterator]() { return {} } }, { [Symbol.iterator]() { return { next() { return 1 } } } }]) f(x, 1); f([1, 2].entries(), 0); f(new Uint8Array(3).values(), 1); f("ab", 0) }',
  'a variable with the name of the error':
    'function g(x) { if (x) block(x); return x } function f(x) { try { throw x } catch (e) { const error = () => e; var e = g(x + 1); return [error(), e] } } function h(x) { const r = []; try { throw x } catch (e) { var e = g(5); r.push(e) } g(x); return [r, e] } function k(x) { if (x) try { throw x } catch (e) { for (;;) { var e = g(6); break } g(e) } g(x); return e } function main() { return [f(0), f(1), h(0), h(1), k(0), k(1)] }',
  'a variable that holds a function and then others':
    'function g(x) { if (x) block(x); return x } function f(x) { var call = () => 1; const r = [call()]; for (var call of [() => g(x), () => 2]) r.push(call()); var { call } = { call: () => g(3) }; r.push(call()); return r } function main() { return [f(0), f(1)] }',
  'functions that replace a parameter or a variable':
    'function g(x) { if (x) block(x); return x } function f(a) { if (a) return a; function a() { return g(1) } } function h() { var a; const before = a; function a() { return g(2) } var a; return [before, a] } class C { constructor(a) { this.a = a; function a() { return g(3) } } } function main() { const r = h(); return [f(0)(), r[0](), r[1] === r[0], new C(1).a()] }',
  'a callee that is not a function':
    'function g(x) { if (x) block(x) } function f(o, x) { g(x); o.missing(log("argument")); return 1 } function h(fn) { return fn(log("argument")) } function main() { const r = []; for (const x of [0, 1]) for (const k of [() => f({}, x), () => f(null, x), () => h(x)]) try { r.push(k()) } catch (e) { r.push(e) } return r }',
  'groups, and functions that only pause when given one that does':
    'const each = (items, fn) => { if (items.length === 0) return 0; fn(items[0]); return each(items.slice(1), fn) }; function f(x) { const r = group("g", () => { if (x) block(x); return x }); group("h", () => log(r)); return r } function main() { return [f(0), f(1), each([1, 2, 3], (x) => log(x)), each([1, 2, 3], (x) => { if (x > 1) block(x) })] }',
}
