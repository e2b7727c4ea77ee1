// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** The script's own generators and iterators. */
export const generators: Record<string, string> = {
  'a generator that pauses':
    'function* g(n) { for (let i = 0; i < n; i++) { block(i); yield i } } function main() { const r = []; for (const x of g(3)) r.push(x); return r }',
  'next by hand':
    'function* g() { const a = yield block(1); log("got", a); const b = yield block(2); return [a, b] } function main() { const i = g(); return [i.next(), i.next("a"), i.next("b"), i.next()] }',
  'a generator that is closed':
    'function* g() { try { yield block(1); yield 2 } finally { log("finally", block(3)) } } function main() { const i = g(); i.next(); return [i.return(5), i.next()] }',
  'a generator that is thrown into':
    'function* g() { try { yield block(1) } catch (e) { yield block([e]) } } function main() { const i = g(); i.next(); return [i.throw(7), i.next()] }',
  'a generator closed before its start':
    'function* g() { log("never"); yield block(1) } function main() { const i = g(); block(1); return [i.return(1), i.next()] }',
  'a generator that fails':
    'function* g() { yield block(1); throw new Error("g") } function main() { const r = []; try { for (const x of g()) r.push(x) } catch (e) { r.push(e) } return r }',
  'a loop that leaves a generator':
    'function* g() { try { yield block(1); yield block(2) } finally { log("closed") } } function main() { for (const x of g()) { if (block(x) === 1) break } for (const x of g()) return x }',
  'yield* of a generator that pauses':
    'function* f() { const x = yield block(1); log(x); return block(2) } function* g() { const r = yield* f(); yield r; yield* [3, 4] } function main() { const i = g(); return [i.next(), i.next("x"), i.next(), i.next(), i.next()] }',
  'yield* that is closed and thrown into':
    'function* f() { try { yield block(1) } catch (e) { log("f", e); yield 2 } finally { log("f closed") } } function* g() { try { yield* f() } finally { log("g closed") } } function main() { const a = g(), b = g(); a.next(); b.next(); return [a.return(9), b.throw(8), b.next()] }',
  'spread of a generator that pauses':
    'function* g() { yield block(1); yield block(2) } function main() { return [[...g(), 3], Math.max(...g())] }',
  'a generator given to a loop elsewhere':
    'function* g() { yield block(1); yield block(2) } const sum = (items) => { let s = 0; for (const x of items) s += x; return s }; function main() { return [sum(g()), sum([1, 2]), sum(new Set([5]))] }',
  'a generator with parameters':
    'function* g(a, b = 2, ...c) { yield block([a, b, c]) } function main() { return [...g(1), ...g(1, 3, 4, 5)] }',
  'generator methods':
    'class A { x = 1; *m() { yield block(this.x); yield 2 } static *s() { yield block(3) } *[Symbol.iterator]() { yield block(4) } } const o = { *m() { yield block(5) } }; function main() { const r = []; for (const i of [new A().m(), A.s(), new A(), o.m()]) for (const x of i) r.push(x); return r }',
  'a tree':
    'class T { constructor(v, l, r) { Object.assign(this, { v, l, r }) } *[Symbol.iterator]() { if (this.l) yield* this.l; yield block(this.v); if (this.r) yield* this.r } } function main() { const r = []; for (const x of new T(2, new T(1), new T(3))) r.push(x); return r }',
  'generators that take from generators':
    'function* nat() { for (let i = 0; ; i++) yield block(i) } function* take(n, items) { for (const x of items) { if (n-- <= 0) return; yield x } } function* map(f, items) { for (const x of items) yield f(x) } function main() { const r = []; for (const x of take(3, map((x) => block(x * 2), nat()))) r.push(x); return r }',
  'an iterator written by hand':
    'const items = { [Symbol.iterator]() { let n = 0; return { next() { block(0); return { value: n++, done: n > 3 } }, return() { log("closed"); return {} } } } }; function main() { const r = []; for (const x of items) r.push(x); for (const x of items) { r.push(x); break } return r }',
  'a generator that is its own iterator':
    'function* g() { yield block(1) } function main() { const i = g(); return [i[Symbol.iterator]() === i, typeof i.next, i instanceof g, Object.prototype.toString.call(i), i.next()] }',
  'a generator that runs already':
    'let i; function* g() { try { i.next() } catch (e) { yield e } block(1) } function main() { i = g(); return [i.next(), i.next()] }',
  'a generator that does not pause':
    'function* g() { yield 1; yield 2 } function main() { block(0); const [a, b] = g(); return [a, b, ...g(), Array.from(g()), new Set(g())] }',
  'yield as an expression':
    'function* g() { const a = (yield block(1)) + (yield block(2)); return [a, yield, `${yield block(3)}`] } function main() { const i = g(), r = []; for (let n = 0; n < 5; n++) r.push(i.next(n)); return r }',
  'closures in a generator loop':
    'function* g() { yield block(1); yield block(2) } function main() { const fs = []; for (const x of g()) fs.push(() => block(x)); return fs.map((f) => f()) }',
  'labels around generator loops':
    'function* g() { yield block(1); yield block(2); yield block(3) } function main() { const r = []; a: for (const x of g()) { for (const y of g()) { if (y === 2) continue a; if (x === 3) break a; r.push([x, y]) } } return r }',
  'assignment in a generator loop':
    'function* g() { yield block({ a: 1 }); yield block({}) } function main() { const r = []; let a; for ({ a = block(5) } of g()) r.push(a); return r }',
  'a loop that leaves a generator whose finally pauses':
    'function* g() { try { yield 1; yield 2 } finally { block(0); log("closed") } } const first = () => { for (const x of g()) return block(x) }; function main() { for (const x of g()) break; a: for (const y of [1, 2]) for (const x of g()) continue a; try { for (const x of g()) throw new Error("body") } catch (e) { log(e) } return first() }',
  'a generator that fails while a loop closes it':
    'function* g() { try { yield 1 } finally { block(0); throw new Error("closing") } } function main() { const r = []; try { for (const x of g()) break } catch (e) { r.push(e) } try { for (const x of g()) throw new Error("body") } catch (e) { r.push(e) } return r }',
  'an iterator written by hand whose return pauses':
    'const items = { [Symbol.iterator]() { let n = 0; return { next() { return { value: n++, done: n > 3 } }, return() { block(0); log("closed"); return {} } } } }; function main() { const r = []; for (const x of items) { r.push(x); if (x === 1) break } for (const x of items) r.push(x); return r }',
  'loops over generators as the one statement of an if':
    'function* g() { yield block(1); yield 2 } function main() { const r = []; for (const a of [false, true]) { if (a) for (const x of g()) r.push(x); else b: for (const x of g()) { r.push(-x); continue b } } return r }',
  'yield* whose generator pauses while it is closed':
    'function* f() { try { yield block(1) } finally { block(0); log("f closed") } } function* g() { try { yield* f() } finally { block(0); log("g closed") } log("never") } function main() { const i = g(); i.next(); return [i.return(9), i.next()] }',
  'yield* whose generator goes on when it is closed':
    'function* f() { try { yield block(1) } finally { yield block(2); log("f closed") } } function* g() { yield yield* f(); log("never") } function main() { const i = g(); return [i.next(), i.return(9), i.next("x"), i.next()] }',
  'yield* over iterators without throw or return':
    'const items = (more) => ({ [Symbol.iterator]: () => ({ next() { block(0); return { value: 1, done: false } }, ...more }) }); function* g(more) { try { yield* items(more) } catch (e) { yield e } finally { log("closed") } } function main() { const a = g(), b = g({ return() { log("return"); return {} } }); a.next(); b.next(); return [a.return(5), b.throw(6), b.next()] }',
  'parameters of generators that pause': `const log2 = (x) => { log(x); return block(x) }
    function* g(a = log2('a'), { b = log2('b') } = {}, ...c) { log('body'); yield block([a, b, c]) }
    const o = { *m(a = log2(this.x)) { yield a }, x: 'x' }
    class A { *#p(a = log2('p')) { yield a } async *q(a = log2('q')) { yield a } all() { return [...this.#p()] } }
    function* fails(a = (() => { throw new Error('at the call') })(), b = block(1)) { yield a }
    async function main() {
      const i = g(); log('called')
      const r = [...i, ...g(1, { b: 2 }, 3, 4), ...o.m(), ...new A().all(), g.length]
      const unused = g(); log('unused'); r.push(unused.return(5), unused.next())
      const q = new A().q(); log('q called'); for await (const x of q) r.push(x)
      try { fails() } catch (e) { r.push(e) }
      return r
    }`,
  'new.target and arguments of generators and async functions':
    'function* g() { yield [arguments.length, block(this === undefined), new.target] } async function f() { block(1); return [new.target, (() => new.target)()] } const h = async function* () { yield block(new.target) }; async function main() { const r = [...g(1, 2), await f()]; for await (const x of h()) r.push(x); return [r, (function* () { yield block(new.target) })().next()] }',
}
