// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Built-in methods that call back into the script, which then pauses. */
export const builtins: Record<string, string> = {
  forEach:
    'function main() { const r = []; [1, 2, , 4].forEach((x, i, a) => r.push([block(x), i, a.length])); return r }',
  'forEach with a this':
    'function main() { const o = { s: 0 }; [1, 2].forEach(function (x) { this.s += block(x) }, o); return o }',
  map: 'function main() { return [1, 2, , 4].map((x, i) => block(x * i)) }',
  'map of a subclass':
    'class L extends Array { get last() { return this[this.length - 1] } } function main() { const l = L.from([1, 2]).map((x) => block(x)); return [l instanceof L, l.last, l.length] }',
  filter: 'function main() { return [1, 2, 3, 4].filter((x) => block(x % 2)) }',
  some: 'function main() { const seen = []; return [[1, 2, 3].some((x) => { seen.push(x); return block(x > 1) }), seen] }',
  every:
    'function main() { const seen = []; return [[1, 2, 3].every((x) => { seen.push(x); return block(x < 2) }), seen, [].every((x) => block(x))] }',
  find: 'function main() { return [[1, 2, 3].find((x) => block(x > 1)), [1].find((x) => block(x > 1)), [, 1].find((x) => block(x === undefined))] }',
  findIndex:
    'function main() { return [[1, 2, 3].findIndex((x) => block(x > 1)), [1].findIndex((x) => block(x > 1))] }',
  'findLast and findLastIndex':
    'function main() { return [[1, 2, 3].findLast((x) => block(x < 3)), [1, 2, 3].findLastIndex((x) => block(x < 3))] }',
  reduce:
    'function main() { return [[1, 2, 3].reduce((a, x) => a + block(x)), [1, 2].reduce((a, x, i) => [...a, block(x), i], [])] }',
  'reduce of nothing':
    'function main() { block(1); try { return [].reduce((a, x) => block(a + x)) } catch (e) { return e } }',
  reduceRight:
    'function main() { return [[1, 2, 3].reduceRight((a, x) => a + "" + block(x)), [, 1, 2].reduceRight((a, x) => a - block(x))] }',
  flatMap: 'function main() { return [1, 2].flatMap((x) => block([x, [x]])) }',
  'Array.from':
    'function main() { return [Array.from([1, 2], (x, i) => block(x + i)), Array.from({ length: 2 }, (_, i) => block(i)), Array.from("ab", (c) => block(c))] }',
  'arrays that change meanwhile':
    'function main() { const a = [1, 2, 3], r = []; a.forEach((x) => { r.push(block(x)); if (x === 1) { a.push(9); delete a[1] } }); return [r, a] }',
  'callbacks that throw':
    'function main() { try { [1, 2].forEach((x) => { block(x); throw new Error("at " + x) }) } catch (e) { return e } }',
  'nested callbacks':
    'function main() { return [1, 2].map((x) => [3, 4].map((y) => block(x * y)).reduce((a, b) => a + block(b))) }',
  'chained callbacks':
    'function main() { return [3, 1, 2].map((x) => block(x)).filter((x) => block(x > 1)).sort((a, b) => a - b).join() }',
  'callbacks by name': 'const double = (x) => block(x) * 2; function main() { return [1, 2].map(double) }',
  'methods as callbacks':
    'class A { k = 3; m(x) { return block(x * this.k) } all() { return [1, 2].map(this.m, this) } } function main() { return new A().all() }',
  'typed arrays':
    'function main() { const a = new Uint8Array([1, 2, 3]); let s = 0; a.forEach((x) => { s += block(x) }); return [s, a.map((x) => block(x * 100)), a.filter((x) => block(x > 1)), a.reduce((p, x) => p + block(x)), a.some((x) => block(x > 2)), a.findLast((x) => block(x < 3))] }',
  'Map forEach':
    'function main() { const r = []; new Map([["a", 1], ["b", 2]]).forEach((v, k, m) => r.push(k + block(v) + m.size)); return r }',
  'Map forEach that adds':
    'function main() { const m = new Map([[1, 1]]); m.forEach((v, k) => { block(v); if (k < 4) m.set(k + 1, k) }); return m }',
  'Set forEach':
    'function main() { const r = []; new Set([1, 2]).forEach(function (v, k) { r.push(block(v) + k + this.n) }, { n: 1 }); return r }',
  'array likes': 'function main() { return Array.prototype.map.call({ length: 2, 0: "a", 1: "b" }, (x) => block(x)) }',
  strings: 'function main() { return Array.prototype.map.call("ab", (x) => block(x)) }',
  'callbacks that do not pause':
    'function main() { block(0); return [[3, 1, 2].sort((a, b) => a - b), "aXb".replace(/X/, () => "y"), JSON.stringify({ a: 1 }, (k, v) => v), [1, 2].map((x) => x + 1)] }',
  'callbacks that may pause but do not':
    'const f = (x) => (x > 100 ? block(x) : x); function main() { block(0); return [[3, 1, 2].sort((a, b) => f(a) - f(b)), "aXb".replace(/X/, (c) => f(c)), JSON.stringify({ toJSON: () => f(1) })] }',
  'getters that may pause but do not':
    'const f = (x) => (x > 100 ? block(x) : x); const o = { get a() { return f(1) }, set b(v) { log(f(v)) } }; class A { x = f(2); constructor() { this.y = f(3) } } function main() { block(0); o.b = 5; return [o.a, new A()] }',
  'valueOf, toString and iterators that may pause but do not':
    'const f = (x) => (x > 100 ? block(x) : x); const o = { valueOf: () => f(4), toString: () => f("t"), *[Symbol.iterator]() { yield f(1); yield f(2) } }; function main() { block(0); return [o * 2, `${o}`, [...o], new Set(o), Math.max(...o)] }',
  'lodash-like helpers': `const each = (list, f) => { for (let i = 0; i < list.length; i++) if (f(list[i], i) === false) break; return list }, compose = (...fs) => (x) => fs.reduceRight((v, f) => f(v), x)
    const memo = (f) => { const m = new Map(); return (k) => { if (!m.has(k)) m.set(k, f(k)); return m.get(k) } }
    function main() { const r = []; each([1, 2, 3], (x) => { r.push(block(x)); return x < 2 }); const g = memo((k) => { log('miss', k); return block(k) }); return [r, compose((x) => block(x) + 1, (x) => block(x) * 2)(5), g(1), g(1), g(2)] }`,
  'CommonJS modules as esbuild writes them': `var __getOwnPropNames = Object.getOwnPropertyNames; var __commonJS = (cb, mod) => function __require() { return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports; };
    var require_lib = __commonJS({ "lib.js"(exports, module) { exports.each = function (list, f) { for (var i = 0; i < list.length; i++) f(list[i]) }; exports.slow = function (x) { return block(x) } } });
    var import_lib = require_lib(); function main() { const r = []; (0, import_lib.each)([1, 2], (x) => r.push(block(x))); return [r, (0, import_lib.slow)(3), import_lib.slow(4)] }`,
  'namespaces as esbuild writes them': `var __defProp = Object.defineProperty; var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); };
    var ns = {}; __export(ns, { slow: () => slow, value: () => value }); var value = 1; function slow(x) { return block(x) } const pick = (o, k) => o[k]
    function main() { return [ns.slow(1), pick(ns, 'slow')(2), ns.value] }`,
  'Array.from of what pauses while it is gone over': `function* g() { try { yield block(1); yield block(2) } finally { log('closed') } }
    function main() {
      const r = [Array.from(g()), Array.from(g(), (x, i) => [x, i]), Array.from(g(), (x) => block(x * 2)), Array.from({ length: 2, 0: 'a' }, (x, i) => block([x, i]))]
      try { Array.from(g(), () => { throw block('mapping') }) } catch (e) { r.push(e) }
      return [...r, Uint8Array.from(g()), Float64Array.from([1, 2], (x) => block(x / 2)), (class A extends Array {}).from(g()).constructor.name, Array.from('ab', (x) => block(x))]
    }`,
}
