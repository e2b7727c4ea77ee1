// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Async functions, promises, and the order of what they run. */
export const asyncs: Record<string, string> = {
  'an async function that pauses before its first await':
    'async function f(x) { log("in", block(x)); return x } function main() { const p = f(1); log("after"); return p }',
  'an async function that pauses after an await':
    'async function f(x) { await null; log("in", block(x)); return block(x) } async function main() { return (await f(1)) + (await f(2)) }',
  'an async arrow function':
    'const f = async (x) => { await 0; return block(x) }; async function main() { return [await f(1), await (async x => block(x))(2)] }',
  'async methods':
    'class A { x = 1; async m(y) { await 0; return block(this.x + y) } static async s() { return block(5) } async #p() { return block(6) } q() { return this.#p() } } const o = { async m() { return block(7) } }; async function main() { return [await new A().m(1), await A.s(), await new A().q(), await o.m()] }',
  'async functions that throw':
    'async function f() { block(1); throw new Error("a") } async function g() { await 0; blockThrow(new Error("b")) } async function main() { const r = []; for (const h of [f, g]) try { await h() } catch (e) { r.push(e) } return r }',
  'an async function gives a promise, always':
    'async function f() { return block(1) } async function main() { const p = f(); return [p instanceof Promise, await p, f.constructor.name === (async () => 1).constructor.name || true] }',
  'a callback that pauses in try and finally, of a promise that nobody awaits':
    'function main() { const c = [3]; Promise.resolve(0).then((a) => { try { blockThrow(block(a)) } catch (e) { log("caught", e) } finally { c.push(block(4)); c.push(5) } }); return c }',
  'async default parameters':
    'async function f(a = block(1), b = a + 1) { await 0; return [a, b] } async function main() { return await f() }',
  'async default parameters that fail':
    'async function f(a = blockThrow(new Error("p"))) { return a } async function main() { return f().catch((e) => e) }',
  'await of many things':
    'const f = (x) => block(x); async function main() { return [await f(1), await Promise.resolve(f(2)), await { then(r) { r(3) } }, await f(Promise.resolve(4))] }',
  'await in expressions':
    'async function f(x) { await 0; return block(x) } async function main() { return [(await f(1)) + (await f(2)), { a: await f(3) }, `${await f(4)}`, [...(await f([5]))], (await f({ b: 6 })).b] }',
  'await in loops':
    'async function f(x) { return block(x) } async function main() { let s = 0; for (let i = 0; i < 3; i++) s += await f(i); for (const x of [1, 2]) { if ((await f(x)) === 1) continue; s += 10 } return s }',
  'await in try':
    'async function f() { try { await blockThrow(1) } catch (e) { log(e); return await block(2) } finally { await 0; log(block("finally")) } } async function main() { return f() }',
  'callbacks of promises':
    'async function f(x) { return block(x) } function main() { return f(1).then((x) => f(x + 1)).then((x) => { log(x); throw x }).catch((e) => block(e + 1)).finally(() => log("end")) }',
  'callbacks of promises that pause':
    'function main() { return Promise.resolve(1).then((x) => { const y = block(x); log(y); return block(y + 1) }).then(block).then((x) => log("got", x)) }',
  'callbacks of promises by name':
    'const slow = (x) => block(x + 1); const fail = (e) => block(e); function main() { return Promise.resolve(1).then(slow).then(slow, fail).then(() => { throw 1 }).catch(fail) }',
  'callbacks that are not functions':
    'function main() { block(1); return Promise.resolve(1).then(undefined, null).then(5).catch(undefined) }',
  'promises settled before a pause wait for its end':
    'function main() { Promise.resolve().then(() => log("reaction")); log("a"); block(1); log("b"); block(2); log("c") }',
  'awaits before a pause wait for its end':
    'async function f() { log("f"); await null; log("f again") } function main() { f(); log("a"); block(1); log("b"); f(); block(2); log("c") }',
  'rejections wait for the end of a pause':
    'async function f() { try { await Promise.reject(1) } catch (e) { log("caught", e) } } function main() { f(); block(1); log("main") }',
  'reactions keep their order':
    'function main() { for (let i = 0; i < 4; i++) { Promise.resolve(i).then((x) => log("r", x)).then(() => log("s", i)); block(i); log("m", i) } }',
  'async functions keep their order': `async function f(n) { for (let i = 0; i < 3; i++) { log(n, i); await null } } function main() { f('a'); block(1); f('b'); log('main'); block(2); f('c') }`,
  'the order of turns': `const p = Promise.resolve(); async function f() { log(1); await p; log(2); await p; log(3) } async function g() { return p } async function h() { return 1 }
    function main() { f(); p.then(() => log('a')).then(() => log('b')).then(() => log('c')).then(() => log('d')); g().then(() => log('g')); h().then(() => log('h')); if (0) block(1) }`,
  thenables:
    'const t = { then(resolve) { log("then"); resolve(block(5)) } }; async function main() { return [await t, await Promise.resolve(t)] }',
  'new Promise with an executor that pauses':
    'function main() { return new Promise((resolve, reject) => { log("in"); resolve(block(1)); log("out") }) }',
  'new Promise with an executor that fails':
    'function main() { return new Promise(() => { block(1); throw new Error("x") }).catch((e) => e) }',
  'new Promise whose resolve is called later':
    'async function main() { let go; const p = new Promise((r) => { go = r }); const q = (async () => { const v = await p; return block(v) })(); block(1); go(4); return q }',
  'Promise.all':
    'async function f(x) { log("start", x); const y = block(x); await 0; return y } async function main() { return Promise.all([1, 2, 3].map(f)) }',
  'Promise.all of what has paused already':
    'async function f(x) { const y = block(x); return y } async function main() { return [await Promise.all([f(1), f(2)]), await Promise.race([f(3), f(4)]), await Promise.allSettled([f(5)])] }',
  'async callbacks of arrays':
    'async function main() { const r = []; [1, 2].forEach(async (x) => { r.push(block(x)) }); return [r, await Promise.all([3, 4].map(async (x) => block(x)))] }',
  'async recursion':
    'async function f(n) { return n === 0 ? block(0) : 1 + (await f(n - 1)) } async function main() { return f(10) }',
  'async closures':
    'async function main() { const fs = []; for (let i = 0; i < 3; i++) fs.push(async () => { await 0; return block(i) }); const r = []; for (const f of fs) r.push(await f()); return r }',
  'async arrow functions that take this and arguments':
    'class A { x = 3; m() { return (async () => { await 0; return [block(this.x), arguments[0]] })() } } async function main() { return new A().m(4) }',
  'async super':
    'class A { async m() { return block("a") } } class B extends A { async m() { return (await super.m()) + (await (async () => super.m())()) } } async function main() { return new B().m() }',
  'async without any pause in it':
    'async function quiet() { await 0; await 0; return 1 } async function main() { const q = quiet(); log(block(1)); return q }',
  'for await over promises':
    'async function main() { const r = []; for await (const x of [Promise.resolve(1), 2]) r.push(block(x)); return r }',
  'for await that leaves early': `const items = { [Symbol.asyncIterator]: () => ({ n: 0, async next() { return { value: this.n++, done: this.n > 5 } }, async return() { log('closed'); return {} } }) }
    async function main() { for await (const x of items) { if (block(x) === 2) break } try { for await (const x of items) throw block(x) } catch (e) { log(e) } outer: for await (const x of items) for (;;) { block(x); if (x > 1) break outer; continue outer } return 0 }`,
  'for await with destructuring and assignment':
    'async function main() { const r = []; for await (const { a = block(5) } of [{}, { a: 1 }]) r.push(a); let x; for await (x of [7]); return [r, x] }',
  'for await in a label':
    'async function main() { const r = []; a: b: for await (const x of [1, 2, 3]) { if (block(x) === 2) continue a; r.push(x) } return r }',
  'for await of a failing iterator':
    'const items = { [Symbol.asyncIterator]: () => ({ next() { return Promise.reject(new Error("next")) }, return() { log("not closed") } }) }; async function main() { block(0); try { for await (const x of items); } catch (e) { return e } }',
  'async generators':
    'async function* g(n) { for (let i = 0; i < n; i++) { block(i); yield i; await 0 } return "end" } async function main() { const r = []; for await (const x of g(3)) r.push(x); const i = g(1); return [r, await i.next(), await i.next(), await i.next()] }',
  'async generators asked ahead':
    'async function* g() { log("start"); yield block(1); yield block(2) } async function main() { const i = g(); const a = i.next(), b = i.next(), c = i.next(); return [await c, await b, await a] }',
  'async generators closed and failing':
    'async function* g() { try { yield block(1); yield 2 } finally { log("finally", block(3)) } } async function main() { const a = g(), b = g(), c = g(); await a.next(); await b.next(); const r = [await a.return(7), await c.return(8)]; try { await b.throw(new Error("t")) } catch (e) { r.push(e) } return r }',
  'async generators that delegate':
    'async function* f() { yield block(1); return block(2) } async function* g() { const x = yield* f(); yield x; yield* [block(3)] } async function main() { const r = []; for await (const x of g()) r.push(x); return r }',
  'async generators that await what they yield':
    'async function* g() { yield Promise.resolve(block(1)); try { yield Promise.reject(new Error("y")) } catch (e) { yield e } return Promise.resolve(3) } async function main() { const i = g(); return [await i.next(), await i.next(), await i.next()] }',
  'async generator methods':
    'class A { x = 2; async *m() { yield block(this.x) } static async *s() { yield block(3) } } const o = { async *m() { yield block(4) } }; async function main() { const r = []; for (const g of [new A().m(), A.s(), o.m()]) for await (const x of g) r.push(x); return r }',
  'functions of all sorts, looked at from outside': `async function f() { block(1) } const g = async () => block(2)
    function* h() { block(3) } async function* i() { block(4) } class C { async m() { block(5) } }
    const kind = (fn) => [Object.prototype.toString.call(fn), fn.constructor.name, fn.constructor === (async () => {}).constructor]
    function main() { block(0); return [f, g, h, i, new C().m, main].map(kind) }`,
  'for await as the one statement of an if':
    'async function* g() { yield block(1); yield 2 } async function main() { const r = []; for (const a of [false, true]) { if (a) for await (const x of g()) r.push(x); else r.push("else"); if (!a) b: for await (const x of g()) { r.push(-x); continue b } } return r }',
  'for await over a generator that pauses':
    'function* g() { try { yield block(1); yield block(2) } finally { block(0); log("closed") } } async function main() { const r = []; for await (const x of g()) r.push(x); for await (const x of g()) break; return r }',
  'for await over an iterator whose methods pause':
    'const items = { [Symbol.asyncIterator]() { let n = 0; return { async next() { block(0); return { value: n++, done: n > 3 } }, async return() { block(0); log("closed"); return {} } } } }; async function main() { const r = []; for await (const x of items) { r.push(x); if (x === 1) break } return r }',
  'yield* of a generator that pauses, in an async generator':
    'function* f() { try { yield block(1); yield 2 } finally { block(0); log("f closed") } } async function* g() { try { yield* f() } finally { log("g closed") } log("never") } async function main() { const a = g(), b = g(); await a.next(); await b.next(); let e; try { await b.throw(8) } catch (x) { e = x } return [await a.return(9), await a.next(), e] }',
  'yield* of an async generator that goes on when it is closed':
    'async function* f() { try { yield block(1) } finally { yield block(2); log("f closed") } } async function* g() { yield yield* f(); log("never") } async function main() { const i = g(); return [await i.next(), await i.return(9), await i.next("x"), await i.next()] }',
  'a for await over an array that is left early':
    'const f = async (n, how) => { for (const x of [1]) { try { for await (const y of [1, Promise.resolve(0)]) { log("in", n, y); if (block(n) === 3 && how === "return") return 0; if (n === 3 && how === "break") break; if (n === 3 && how === "throw") throw new Error("three"); log("out", n) } } catch (e) { log(e) } log("end", n) } return 0 }; function main() { for (const how of ["return", "break", "throw"]) for (const n of [0, 1, 2, 3, 4, 5]) f(n, how).then((value) => log("done", n, how)) }',
  'the order of return() on an async generator': `
    async function* g() { try { log('start'); yield block(1); log('more'); yield 2 } finally { log('finally', await block('f')) } }
    async function* h() { try { yield block(1) } catch (e) { log('caught', e); yield 'after' } finally { yield block('closing') } }
    const failed = (error) => { const promise = Promise.reject(error); promise.catch(() => {}); return promise }
    const told = (name, promise) => promise.then(({ value, done }) => log(name, value, done), (e) => log(name, 'failed', e))
    async function main() {
      const a = g(), b = g(), c = h(), d = g()
      await Promise.all([told('a1', a.next()), told('a2', a.return(Promise.resolve('r'))), told('a3', a.next()), told('a4', a.return('again'))])
      await Promise.all([told('c1', c.next()), told('c2', c.return(failed('no'))), told('c3', c.return(5)), told('c4', c.throw(6))])
      const all = [told('b1', b.return(Promise.resolve('not begun'))), told('b2', b.next()), told('d', d.return(failed('early')))]
      for (let n = 0; n < 9; n++) { await 0; log('tick', n) }
      await Promise.all(all)
    }`,
  'a pause while an async generator that was called before holds the virtual user': `async function* g(n) { try { for (let i = 0; i < n; i++) { block(i); yield await i } } finally { log("closed") } }
    async function* fails(n) { blockThrow(new Error('g' + n)); yield 1 }
    async function main() {
      const r = await Promise.all([(async () => { for await (const x of g(2)) log(x); return 1 })(), (async () => [...[block(2)]])()])
      const i = g(5), p = [i.next(), i.next(), i.return(9)]
      log(block('a'), block('b'))
      const f = [fails(1).next(), fails(2).next()].map((q) => q.catch((e) => e))
      try { blockThrow(new Error('m')) } catch (e) { log(e) }
      return [r, await Promise.all(p), await Promise.all(f)]
    }`,
}
