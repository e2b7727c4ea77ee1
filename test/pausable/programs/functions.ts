// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Functions of every sort that pause: declarations, expressions, arrows, parameters, closures, recursion. */
export const functions: Record<string, string> = {
  'a function declaration': 'function f(a) { return block(a) + 1 } function main() { return f(1) }',
  'a function used above its declaration': 'function main() { return f(1); function f(a) { return block(a) } }',
  'a function declared in a block': 'function main() { { return f(2); function f(a) { return block(a) } } }',
  'wrappers that took over the properties of another function': `function f() { log('f'); return block(1) } f.note = 'n'
    function main() {
      const plain = Object.assign(function () { log('plain'); return 2 }, f)
      const pausable = Object.assign((x) => f() + x, f)
      return [plain(), plain.note, pausable(3), pausable.note]
    }`,
  'functions declared twice':
    'function main() { function f() { return block(1) } function f() { return block(2) } return f() }',
  'a function declared in a switch': `function main() { switch (1) { case 1: function f() { return block(1) } return f() } }`,
  'a declaration that is reassigned':
    'function f() { return block(1) } function main() { const a = f(); f = () => block(2); return [a, f()] }',
  'a declaration that shadows a parameter':
    'function g(f) { function f() { return block(1) } return f() } function main() { return g(2) }',
  'a function expression':
    'const f = function (a) { return block(a) }; function main() { return [f(3), f.name, f.length] }',
  'a named function expression that calls itself': `const f = function fact(n) { return n < 2 ? block(1) : n * fact(n - 1) }
    function main() { return [f(5), f.name] }`,
  'a named function expression whose name cannot be assigned': `const f = function g() { block(1); g = 2 }
    function main() { return f() }`,
  'an arrow function with an expression':
    'const f = (a) => block(a) * 2; function main() { return [f(2), f.name, f.length] }',
  'an arrow function without parentheses': 'const f = a => block(a); function main() { return f(2) }',
  'an arrow function that returns an object': 'const f = a => ({ a: block(a) }); function main() { return f(2) }',
  'an arrow function whose expression is in parentheses':
    'const f = (a /* => */, b,) => (log(a), block(b)); function main() { return f(1, 2) }',
  'an arrow function over several lines':
    'const f = (\n  a,\n) => /* => */\n  // =>\n  block(a)\nfunction main() { return f(2) }',
  'nested arrow functions': 'const f = (a) => (b) => block(a) + block(b); function main() { return f(1)(2) }',
  'an arrow function that takes this from around it': `const o = { x: 4, f() { return [1, 2].map((y) => block(this.x) * y) } }
    function main() { return o.f() }`,
  'arrow functions in arrow functions that take this': `const o = { x: 4, f() { const g = () => { const h = () => block(this.x); return h() }; return g() } }
    function main() { return o.f() }`,
  'an arrow function that takes arguments from around it': `function f() { const g = (i) => block(arguments[i]); return [g(0), g(1), arguments.length] }
    function main() { return f('a', 'b') }`,
  'arrow functions in arrow functions that take arguments': `function f() { return (() => (() => block(arguments.length))())() }
    function main() { return f(1, 2, 3) }`,
  'arguments of the function itself':
    'function f() { block(0); return [...arguments, arguments.length] } function main() { return f(1, 2) }',
  'arguments that do not follow the parameters':
    'function f(a) { a = block(5); return [a, arguments[0]] } function main() { return f(1) }',
  'new.target': `function F() { this.t = new.target === F; block(1) } function G() { return block(new.target) }
    function main() { return [G(), typeof G] }`,
  'new.target of an arrow function': `function f() { const g = () => [block(1), new.target]; return g() } function main() { return f() }`,
  'default parameters':
    'function f(a, b = a + 1, c = block(b) * 2) { return [a, b, c] } function main() { return [f(1), f(1, 5), f(1, 2, 3), f.length] }',
  'default parameters that call each other': `const f = (a = block(1), b = a + block(2)) => a + b; function main() { return [f(), f(5), f(5, 5)] }`,
  'default parameters that see a variable of the body': `function f(a = block(1)) { var a; return a } function main() { return [f(), f(2)] }`,
  'default parameters that log in order': `function f(a = (log('a'), block(1)), b = (log('b'), block(2))) { log('body'); return a + b }
    function main() { return f(undefined, undefined) }`,
  'default parameters that fail': `function f(a = blockThrow(new Error('default'))) { return a } function main() { try { return f() } catch (e) { return e } }`,
  'destructured parameters': `function f({ a, b: [c, d = block(4)] }, ...rest) { return [a, c, d, rest] } function main() { return f({ a: 1, b: [2] }, 5, 6) }`,
  'destructured parameters with computed keys': `function f({ [block('k')]: v = block(2) } = {}) { return v } function main() { return [f({ k: 1 }), f()] }`,
  'destructured parameters of an arrow function':
    'const f = ({ a = block(1) }, [b] = [block(2)]) => { return a + b }; function main() { return f({}) }',
  'rest parameters': 'function f(a, ...b) { block(1); return [a, b, f.length] } function main() { return f(1, 2, 3) }',
  recursion: 'function fib(n) { return n < 2 ? block(n) : fib(n - 1) + fib(n - 2) } function main() { return fib(7) }',
  'mutual recursion': `function even(n) { return n === 0 ? block(true) : odd(n - 1) } function odd(n) { return n === 0 ? false : even(n - 1) }
    function main() { return [even(8), odd(7), even(3)] }`,
  'a closure that keeps its variables': `function counter() { let n = 0; return () => { block(0); return ++n } }
    function main() { const a = counter(), b = counter(); return [a(), a(), b(), a()] }`,
  'closures that share a variable': `function pair() { let n = block(1); return { up: () => { n += block(1) }, get: () => n } }
    function main() { const p = pair(); p.up(); p.up(); return p.get() }`,
  'a function that returns a function':
    'function f() { return function g(x) { return block(x) } } function main() { return [f()(1), f().name] }',
  'a function passed to a function':
    'function twice(f, x) { return f(f(x)) } function main() { return twice((x) => block(x) * 3, 2) }',
  'a function passed through several functions': `const id = (x) => x; const pass = (f) => id(f); function main() { return pass((x) => block(x))(4) }`,
  'functions in an array':
    'const fs = [() => block(1), () => block(2)]; function main() { let s = 0; for (const f of fs) s += f(); return s + fs[1]() }',
  'functions in an object':
    'const o = { f: () => block(1), "g h": function () { return block(2) } }; function main() { return [o.f(), o["g h"](), o["g h"].name] }',
  'functions in a map':
    'const m = new Map([["a", () => block(1)]]); m.set("b", (x) => block(x)); function main() { return [m.get("a")(), m.get("b")(5)] }',
  'functions in a set':
    'const s = new Set(); s.add(() => block(3)); function main() { let n = 0; for (const f of s) n += f(); return n }',
  'functions under computed keys': `const k = 'key', o = { [k]: (x) => block(x), [Symbol('s')]: function () { return block(1) }, [k + 1]() { return block(2) } }
    function main() { const [s] = Object.getOwnPropertySymbols(o); return [o.key(1), o.key.name, o[s](), o[s].name, o.key1(), o.key1.name] }`,
  'functions stored by computed keys': `const o = {}, key = (...parts) => parts.join('')
    o[key('na', 'me')] = (x) => block(x)
    class A {}
    A.prototype[key('me', 'thod')] = function (x) { return [this instanceof A, block(x)] }
    function main() { const a = new A(); return [o.name(1), o[key('name')](2), a.method(3), a[key('method')](4)] }`,
  'a function assigned to a property':
    'const o = {}; o.f = function (a) { return block(a) }; function main() { return [o.f(1), o.f.name] }',
  'a function assigned in a condition':
    'let f; f ??= () => block(1); let g = f && ((x) => block(x)); function main() { return [f(), f.name, g(2), g.name] }',
  'a function found by destructuring':
    'const { f, g: [h] } = { f: () => block(1), g: [() => block(2)] }; function main() { return [f(), h()] }',
  'a function in a default value': 'const { f = () => block(1) } = {}; function main() { return [f(), f.name] }',
  'a function called at once':
    'function main() { return (function (a) { return block(a) })(1) + ((b) => block(b))(2) }',
  'a function as a thrown value': 'function main() { try { throw () => block(1) } catch (f) { return f() } }',
  'constructor functions': `function P(x) { this.x = x } P.prototype.get = function () { return block(this.x) }
    function main() { const p = new P(3); return [p.get(), p instanceof P, P.prototype.constructor === P] }`,
  'a constructor function that may pause': `function P(x) { if (x) block(x); this.x = x } P.prototype.get = function () { return block(this.x) }
    function main() { const p = new P(0); P.call(p, 5); return [p.get(), p instanceof P, P.prototype.constructor === P, P.name, P.length] }`,
  'names and lengths': `function a(x, y) { block(1) } const b = async (x) => block(x); const o = { c(x, y = 1) { block(2) }, async d() { block(3) }, 'e f': (x) => block(x) }
    class C { g(x) { block(4) } static h(...r) { block(5) } }
    function main() { block(1); return [a, b, o.c, o.d, o['e f'], new C().g, C.h] }`,
  'properties of functions': `function f() { return block(f.x) } f.x = 3; function main() { return [f(), Object.keys(f), 'prototype' in f, 'prototype' in (() => block(1))] }`,
  'text of functions': `function f() { return block(1) } function main() { block(0); return [typeof f.toString(), typeof String(() => block(1))] }`,
  'what is not a constructor': `const a = () => block(1), o = { m() { block(2) } }
    function main() { block(0); return [a, o.m].map((f) => { try { new f() } catch (e) { return e.name } }) }`,
  'this of a plain call':
    'function f() { block(1); return this } const g = () => { block(2); return this }; function main() { return [f(), (0, f)(), g()] }',
  'a function with a property named call':
    'const f = (x) => block(x); function main() { return [f?.(1), f.call(null, 2), f.apply(null, [3])] }',
  'functions with properties of their own that are named call, apply and bind': `const own = (f) => Object.assign(f, { call: () => 'call', apply: () => 'apply', bind: () => 'bind' })
    const f = own((x) => block(x)), p = own((x) => ['p', x])
    const o = { f, p, q: own(function (x) { return [this === o, block(x)] }), tag: own(function (s, x) { return [this === o, s.raw[0], block(x)] }) }
    const it = (x) => { block(0); return x }
    class A { m(x) { return [this.n, block(x)] } }
    own(A.prototype.m)
    class B extends A { n = 1; all() { return [2].map((x) => super.m(x)) } }
    async function main() {
      const r = [f(1), p(block(2)), o.f(3), o.p(4), o.q(5), o?.q(6), o.tag\`a\${7}\`, it(o).p(8), it(o).q(9), it(p)(10), it(o)?.p(11), new B().all()]
      r.push(f.call(1), f.apply(1), f.bind(1), o.q.bind(1), [1].map(f), [1].forEach(p), group('g', f), Array.from([1], o.q))
      r.push(await Promise.resolve(12).then(f), await Promise.resolve(13).then(p), await own(async (x) => block(x))(14))
      for await (const x of { [Symbol.asyncIterator]: own(async function* () { yield block(15) }) }) r.push(x)
      for (const x of { [Symbol.iterator]: own(function* () { yield block(16) }) }) r.push(x)
      return r
    }`,
  'wrappers that took over the keys, descriptors or prototype of another function': `function f() { log('f'); return block(1) } f.note = 'n'
    // The call must be one of any function: of a known one that cannot pause the compiler asks nothing.
    const call = (g) => g()
    const like = (make) => { const w = function () { log('w'); return 2 }; make(w); return [call(w), w.note] }
    const keys = (list) => list.map(String).sort()
    function main() {
      return [
        like((w) => { for (const key of Reflect.ownKeys(f)) if (!(key in w)) Object.defineProperty(w, key, Object.getOwnPropertyDescriptor(f, key)) }),
        like((w) => Object.defineProperties(w, Object.getOwnPropertyDescriptors(f))),
        like((w) => Object.setPrototypeOf(w, f)),
        like((w) => Reflect.setPrototypeOf(w, f)),
        keys(Reflect.ownKeys(f)), Object.getOwnPropertySymbols(f), call(f),
      ]
    }`,
  'proxies of functions': `const f = function (x) { log('f', x); return block(x) }
    const trapped = new Proxy(f, { apply(target, self, args) { log('apply', args); return [block(self), target(...args)] } })
    const paths = (path) => new Proxy(() => {}, {
      get: (_, key) => { if (typeof key === 'symbol') log('symbol'); return paths([...path, key]) },
      apply: (_, self, args) => [path, block(args)],
    })
    class Handler { #seen = 0; apply(target, self, args) { this.#seen++; return [this.#seen, target.apply(self, args)] } construct(target, args) { return { made: args } } }
    function main() {
      const { proxy, revoke } = Proxy.revocable(() => 'revocable', {})
      const counted = new Proxy(f, new Handler())
      const r = [proxy(0), trapped(1), trapped.call('self', 2), trapped.bind('bound', 3)(), [4].map(trapped)]
      r.push(paths([]).users.get(5), paths(['a']).map.call.sleep(6), counted(7), counted(8), new counted(9), new Proxy(f, {})(10))
      revoke()
      try { proxy() } catch (e) { r.push(e.name) }
      return [...r, Proxy.name, Proxy.length, typeof new Proxy({ x: 1 }, {}).x, trapped.length]
    }`,
  "methods of the script's own that are called bind": `const server = { bind(port) { log('bind', port); return block(port) } }
    class Client { constructor() { this.send = this.send.bind(this); this.name = 'client' } send(x) { return [this.name, block(x)] } bind() { return block('own') } }
    function main() {
      const client = new Client(), { send } = client
      const bound = function (x) { return [block(this), x] }.bind('self', 5)
      return [server.bind(80), client.bind(), send(1), bound(), bound.bind('other')(6), bound.name, Function.prototype.bind.call(send, 0)(2)]
    }`,
  'default values that use names of the runtime': `function f(a = log.name.toUpperCase()) { block(1); return a }
    const g = (a = log.name.toUpperCase(), { b = log.name.at(0) } = {}) => { block(1); return a + b }
    class A { m(a = log.name.toUpperCase()) { block(1); return a } }
    function main() { return [f(), g(), new A().m()] }`,
  'default values that are functions that pause': `function f(cb = () => block(1)) { return cb() }
    const g = ({ cb = () => block(2) } = {}) => cb()
    const h = ([cb = (x) => block(x)] = [], i = wait) => [cb(3), i(4)]
    const wait = (x) => block(x)
    const more = (a, get = () => block(a), { next = () => get() + block(1) } = {}) => { a++; return [get(), next()] }
    function main() { return [f(), g(), h(), more(5), more(6, () => 7), f(() => 8)] }`,
}
