// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Statements: loops, labels, switch, exceptions, closures in loops. */
export const control: Record<string, string> = {
  'a for loop':
    'function main() { let s = 0; for (let i = block(0); i < block(4); i += block(1)) s += block(i); return s }',
  'a for loop without a head': 'function main() { let i = 0; for (;;) { if (block(i++) > 3) break } return i }',
  'closures of a for loop':
    'function main() { const fs = []; for (let i = 0; i < 3; i++) { block(i); fs.push(() => block(i)) } return fs.map((f) => f()) }',
  'closures of a for loop that change their variable':
    'function main() { const fs = []; for (let i = 0; i < 4; i++) { fs.push(() => i++ + block(0)); if (i === 1) fs[1]() } return fs.map((f) => f()) }',
  'closures of a var loop':
    'function main() { var fs = []; for (var i = 0; i < 3; i++) fs.push(() => block(i)); return fs.map((f) => f()) }',
  'a for of loop': 'function main() { let s = 0; for (const x of block([1, 2, 3])) s += block(x); return s }',
  'a for of loop over a string': 'function main() { let s = ""; for (const c of "añ😀") s = block(c) + s; return s }',
  'a for of loop with destructuring':
    'function main() { const r = []; for (const [a, { b = block(9) }] of [[1, { b: 2 }], [3, {}]]) r.push(a, b); return r }',
  'a for of loop over entries':
    'function main() { const r = []; for (const [k, v] of new Map([["a", 1], ["b", 2]])) r.push(k + block(v)); return r }',
  'a for of loop that assigns':
    'function main() { let x; const o = {}; for (x of [1, 2]) block(x); for (o.p of [3]) block(o.p); return [x, o] }',
  'closures of a for of loop':
    'function main() { const fs = []; for (const x of [1, 2, 3]) fs.push(() => block(x)); return fs.map((f) => f()) }',
  'a for of loop that closes its iterator': `const items = { [Symbol.iterator]: () => ({ n: 0, next() { return { value: this.n++, done: false } }, return() { log('closed'); return {} } }) }
    function main() { for (const x of items) { block(x); if (x === 2) break } try { for (const x of items) blockThrow(new Error('x')) } catch (e) { log(e) } for (const x of items) return block(x) }`,
  'a for in loop':
    'function main() { const r = []; for (const k in block({ a: 1, b: 2 })) r.push(block(k)); return r }',
  'a while loop': 'function main() { let i = 3; while (block(i--)) log(i); return i }',
  'a do loop': 'function main() { let i = 0; do block(i); while (block(++i) < 3); return i }',
  'break and continue':
    'function main() { const r = []; for (let i = 0; i < 9; i++) { if (block(i) % 2) continue; if (block(i) > 5) break; r.push(i) } return r }',
  labels:
    'function main() { const r = []; outer: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { if (block(b) === 2) continue outer; if (block(a) === 3) break outer; r.push([a, b]) } } return r }',
  'a labelled block': 'function main() { a: { block(1); if (block(true)) break a; log("no") } return 1 }',
  switch:
    'const f = (x) => { switch (block(x)) { case block(1): return "one"; case 2: case block(3): log("2, 3"); default: log("default"); case 4: return "four" } }; function main() { return [1, 2, 3, 4, 5].map(f) }',
  'switch with declarations':
    'function main() { switch (block(1)) { case 1: { let a = block(2); return a } case 2: let b = 1; return b } }',
  'if and else':
    'const f = (x) => { if (block(x) > 2) return block("big"); else if (block(x) > 1) return block("middle"); else return block("small") }; function main() { return [1, 2, 3].map(f) }',
  'try and catch':
    'const f = (x) => { try { if (x) blockThrow(x); return block("fine") } catch (e) { return block([e]) } }; function main() { return [f(0), f(1)] }',
  'try and finally':
    'const f = (x) => { try { return block(x) } finally { log("finally"); block(1) } }; function main() { return f(1) }',
  'a return in finally':
    'const f = () => { try { blockThrow(1) } finally { return block(2) } }; function main() { return f() }',
  'a throw in finally':
    'const f = () => { try { return block(1) } finally { blockThrow(new Error("finally")) } }; function main() { try { f() } catch (e) { return e } }',
  'finally in loops':
    'function main() { const r = []; for (const x of [1, 2, 3]) { try { if (block(x) === 2) continue; r.push(x) } finally { r.push(block(-x)) } } return r }',
  'break out of finally': 'function main() { for (;;) { try { return block(1) } finally { break } } return block(2) }',
  'nested try':
    'function main() { const r = []; try { try { blockThrow(1) } catch (e) { r.push(e); throw block(2) } finally { r.push(block(3)) } } catch (e) { r.push(e) } return r }',
  'catch without a binding': 'function main() { try { blockThrow(1) } catch { return block(2) } }',
  'catch with destructuring':
    'function main() { try { blockThrow({ a: 1 }) } catch ({ a, b = block(2) }) { return [a, b] } }',
  'an error thrown between pauses':
    'function f() { block(1); null.x } function main() { try { f() } catch (e) { block(2); return e } }',
  'an error that nobody catches': 'function f() { block(1); throw new RangeError("out") } function main() { f() }',
  'the last of a sequence, thrown': 'function main() { let a; block(1); throw (a = 0), `text ${a}` }',
  'a value thrown that is no error': 'function main() { block(1); throw "text" }',
  'the temporal dead zone': 'function main() { try { block(1); x; let x = 1 } catch (e) { return e } }',
  'block scopes': 'function main() { let x = 1; { let x = block(2); log(x) } { const x = block(3); log(x) } return x }',
  'var in blocks': 'function main() { if (block(true)) { var x = block(1) } return [x, typeof y]; var y }',
  'statements without blocks':
    'function main() { for (const x of [1, 2]) if (x > 1) block(log(x)); else block(log("else")); while (false) block(1); return 0 }',
  'empty statements': 'function main() { ;;block(1);; for (;block(false);); return 1 }',
  'a loop in a loop in a function in a loop': `function inner(n) { let s = 0; for (let i = 0; i < n; i++) for (let j = 0; j < block(n); j++) s += i * j; return s }
    function main() { const r = []; for (let n = 0; n < 4; n++) r.push(inner(n)); return r }`,
  'variables after a pause':
    'function main() { let a = 1, b = 2; [a, b] = [block(b), block(a)]; const c = a; a = block(7); return [a, b, c] }',
  'many pauses': 'function main() { let s = 0; for (let i = 0; i < 200; i++) s += block(i); return s }',
  'deep calls': 'function f(n) { return n === 0 ? block(0) : 1 + f(n - 1) } function main() { return f(200) }',
  'debugger and directives': "function main() { 'use strict'; debugger; return block(1) }",
}
