// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
/** Classes: methods, fields, private members, super, inheritance; and what decorators and enums become. */
export const classes: Record<string, string> = {
  methods: 'class A { x = 1; m(y) { return block(this.x + y) } } function main() { return new A().m(2) }',
  'static methods':
    'class A { static x = 1; static m(y) { return block(this.x + y) } } function main() { return A.m(2) }',
  'private methods':
    'class A { #x = 1; #m(y) { return block(this.#x + y) } n() { return this.#m(2) } } function main() { return new A().n() }',
  'private methods as values':
    'class A { #m(y) { return block(y * 2) } n() { return [[1, 2].map(this.#m), this.#m.name, this.#m.length] } } function main() { return new A().n() }',
  'static private methods':
    'class A { static #m(y) { return block(y) } static n() { return A.#m(3) } } function main() { return A.n() }',
  'private names in operators':
    'class A { #x = 1; static has(o) { block(0); return #x in o } } function main() { return [A.has(new A()), A.has({})] }',
  'computed methods':
    'const k = "key"; class A { [k](x) { return block(x) } static [k + 1]() { return block(1) } [Symbol.for("s")]() { return block(2) } } function main() { return [new A().key(3), A.key1(), new A()[Symbol.for("s")](), new A().key.name] }',
  'the order of computed keys':
    'const k = (x) => { log(x); return x }; class A { [k("a")]() { return block(1) } static [k("b")] = k("c"); [k("d")]() { return block(2) } } function main() { return new A().a() + new A().d() }',
  'methods of every spelling':
    'class A { "a b"() { return block(1) } 3() { return block(2) } get() { return block(4) } static() { return block(5) } async() { return block(6) } } function main() { const a = new A(); return [a["a b"](), a[3](), a.get(), a.static(), a.async()] }',
  'methods stay invisible':
    'class A { m() { return block(1) } static s() { return block(2) } } function main() { block(0); return [Object.keys(A.prototype), Object.keys(A), Object.getOwnPropertyNames(A.prototype)] }',
  'fields that hold functions':
    'class A { x = 2; f = (y) => block(this.x * y); g = function (y) { return block(this.x + y) } } function main() { const a = new A(); const { f } = a; return [f(3), a.g(1), a.f.name] }',
  'static fields that hold functions':
    'class A { static f = (y) => block(y); static #g = () => block(2); static h() { return A.#g() } } function main() { return [A.f(1), A.h()] }',
  'static blocks':
    'class A { static { this.f = (x) => block(x); function g() { return block(2) } this.g = g } } function main() { return [A.f(1), A.g()] }',
  inheritance:
    'class A { m() { return block("A") } } class B extends A { m() { return super.m() + block("B") } } class C extends B {} function main() { return new C().m() }',
  'super in static methods':
    'class A { static m() { return block(this.name) } } class B extends A { static m() { return super.m() + "!" } } function main() { return B.m() }',
  'super in arrow functions':
    'class A { m(x) { return block(x) } } class B extends A { n() { return [1, 2].map((x) => super.m(x) + block(1)) } } function main() { return new B().n() }',
  'super in nested arrow functions':
    'class A { x() { return block(this.v) } } class B extends A { v = 5; y() { return (() => (() => super.x())())() } } function main() { return new B().y() }',
  'super properties':
    'class A { get p() { return this.v } set p(x) { this.w = x } } class B extends A { v = 3; m() { super.p = block(4); return [super.p, this.w, super["p"]] } n() { const f = () => { super.p = block(6); return [super.p, super["p"]] }; return [f(), this.w] } } function main() { const b = new B(); return [b.m(), b.n()] }',
  'super in object literals':
    'const a = { m() { return block(1) } }; const b = { __proto__: a, m() { return super.m() + block(1) }, ["k"]() { return super.m() + 5 } }; function main() { return [b.m(), b.k(), Object.keys(b)] }',
  'a missing super method':
    'class A {} class B extends A { m() { block(1); return super.no() } } function main() { try { new B().m() } catch (e) { return e } }',
  'constructors that do not pause':
    'class A { constructor(x) { this.x = x } } class B extends A { constructor(x) { super(x); this.f = () => block(this.x) } } function main() { return new B(4).f() }',
  'arrow functions made before super':
    'class A { constructor(f) { this.g = f } } class B extends A { x = 1; constructor() { const f = () => block(this.x); super(f); this.h = f } } function main() { const b = new B(); return [b.g(), b.h()] }',
  accessors:
    'class A { #v = 1; get v() { return this.#v } set v(x) { this.#v = x } m() { this.v = block(this.v + 1); return this.v } } function main() { return new A().m() }',
  'class expressions':
    'const A = class { m() { return block(1) } }, B = class Named { m() { return block(Named.name) } }; function main() { return [new A().m(), A.name, new B().m(), B.name] }',
  'a class made by a function':
    'const make = (n) => class { m() { return block(n) } }; function main() { const A = make(1), B = make(2); return [new A().m(), new B().m(), A.prototype.m === B.prototype.m] }',
  'a class whose base pauses':
    'const mixin = (Base) => block(class extends Base { n() { return this.m() + block(1) } }); class A { m() { return block(5) } } function main() { class B extends mixin(A) {} return new B().n() }',
  'computed keys that pause':
    'function main() { class A { [block("a")]() { return block(1) } static [block("b")] = 2 } return [new A().a(), A.b] }',
  'methods borrowed':
    'class A { x = 1; m() { return block(this.x) } } function main() { const { m } = A.prototype; return [m.call({ x: 2 }), A.prototype.m.apply({ x: 3 }), m.bind({ x: 4 })()] }',
  'methods replaced':
    'class A { m() { return block(1) } } A.prototype.m = function () { return block(2) }; function main() { const a = new A(); const b = a.m(); a.m = () => block(3); return [b, a.m()] }',
  'instanceof and prototypes':
    'class A { m() { return block(1) } } class B extends A {} function main() { const b = new B(); block(1); return [b instanceof A, Object.getPrototypeOf(B) === A, b.constructor.name, A.prototype.hasOwnProperty("m")] }',
  'methods are no constructors':
    'class A { m() { return block(1) } } function main() { block(1); try { new (new A().m)() } catch (e) { return e.name } }',
  'a private method on the wrong object':
    'class A { #m() { return block(1) } static call(o) { return o.#m() } } function main() { try { return [A.call(new A()), A.call({})] } catch (e) { block(1); return e.name } }',
  'objects made with Object.create':
    'const proto = { m() { return block(this.x) } }; function main() { const o = Object.create(proto); o.x = 5; return o.m() }',
  'objects copied':
    'const a = { m() { return block(1) }, f: () => block(2) }; function main() { const b = { ...a }, c = Object.assign({}, a); return [b.m(), c.f(), c.m()] }',
  descriptors:
    'const o = {}; Object.defineProperty(o, "f", { value: (x) => block(x) }); function main() { return o.f(1) }',
  'toString and valueOf that do not pause':
    'class A { toString() { return "A" } valueOf() { return 3 } } const f = (x) => block(x); function main() { return [`${f(new A())}`, f(new A()) * 2] }',
  'a proxy':
    'const o = new Proxy({ f: (x) => block(x) }, { get(t, k) { if (typeof k === "string") log(k); return t[k] } }); function main() { return o.f(1) }',
  'an event emitter': `class Emitter { #all = new Map(); on(name, f) { const l = this.#all.get(name) ?? []; l.push(f); this.#all.set(name, l); return this } emit(name, ...a) { for (const f of this.#all.get(name) ?? []) f.apply(this, a) } }
    function main() { const e = new Emitter(); e.on('x', (v) => log('one', block(v))).on('x', function (v) { log('two', block(v), this === e) }); e.emit('x', 1); e.emit('y'); return 0 }`,
  'a state machine': `class M { state = 'a'; states = { a: () => { block(1); return 'b' }, b: () => 'c', c: () => { this.done = block(true) } }; run() { while (this.state) { log(this.state); this.state = this.states[this.state]() } return this.done } }
    function main() { return new M().run() }`,
  'computed keys that the text tells':
    'const k = (x) => x; class A { [k("a")]() { return block(1) } ["b"]() { return block(2) } [k("c")]() { return block(3) } ["constructor"]() { return block(4) } } const make = () => ({ __proto__: { x: () => 5 }, [k("a")]() { return super.x() + block(1) }, ["b"]() { return super.x() + block(2) }, ["c"]() { return block(3) }, [k("d")]() { return block(4) } }); function main() { const r = []; for (const o of [new A(), make()]) for (const m of [o.a, o.b, o.c, o.d ?? o.constructor]) r.push(m(), m.name); return r }',
  'members that come twice':
    'class A { m() { return block(1) } m() { return block(2) } k() { return block(1) } k() { return 3 } g() { return block(4) } get g() { return 5 } *h() { yield block(1) } *h() { yield block(6) } static m() { return block(7) } } const o = { __proto__: { m: () => 1 }, m() { return super.m() + block(1) }, m() { return super.m() + block(2) }, k() { return super.m() + block(3) }, k: 9, __proto__() { return block(0) } }; function main() { const a = new A(); return [a.m(), a.k(), a.g, [...a.h()], A.m(), o.m(), o.k, o.__proto__(), Object.keys(o)] }',
  'private methods called with another this': `class A {
      x = 1; early = this.#m.name
      #m(y) { if (0) block(0); return [this?.x, y] }
      static #compare(a, b) { if (0) block(0); return a - b }
      *#g(y) { yield block(this?.x); yield y }
      async #a(y) { block(0); return [this?.x, y] }
      async all() {
        const m = this.#m, g = this.#g, a = this.#a
        return [m(1), m.call({ x: 5 }, 2), [3, 1, 2].sort(A.#compare), [...this.#g(1)], [...g(2)], [...g.call({ x: 5 }, 3)], await this.#a(4), await a(5), m === this.#m, #m in this, m.length, this.early]
      }
    }
    function main() { return new A().all() }`,
  'the names of anonymous classes and functions that are called at once':
    'function main() { return [(class { static m() { return block(this.name) } }).m(), (class { static m() { return block(this.name) } })?.m(), (() => block(1)).name, (function () { return block(2) }).call().toString(), ((x) => { block(x); return x })(3)] }',
  'arrow functions that call super()':
    'class A { constructor(x) { this.x = x } } class B extends A { constructor() { const make = (x) => { super(x); if (0) block(1) }; make(3); this.y = 4 } } function main() { block(0); return new B() }',
}

/** TypeScript, which esbuild turns into JavaScript first. */
export const typescript: Record<string, string> = {
  enums:
    'enum Color { Red = 1, Green = Red + 1, Blue = "b".length } function main() { return [block(Color.Red), block(Color[2]), Color.Blue] }',
  namespaces:
    'namespace N { export const f = (x: number): number => block(x); export namespace M { export function g() { return f(2) } } } function main() { return [N.f(1), N.M.g()] }',
  'method decorators': `function logged(target: any, key: string, d: PropertyDescriptor) { const f = d.value; d.value = function (...a: any[]) { log('call', key); return f.apply(this, a) } }
    class A { x = 1; @logged m(y: number) { return block(this.x + y) } } function main() { return new A().m(2) }`,
  'decorators that pause': `function slow(target: any, key: string, d: PropertyDescriptor) { const f = d.value; d.value = function (...a: any[]) { block(0); return f.apply(this, a) } }
    class A { x = 1; @slow m(y: number) { return this.x + y } } function main() { return new A().m(2) }`,
  'parameter properties and private names':
    'class A { constructor(private x: number, readonly y = 2) {} m(): number { return block(this.x) + this.y } } function main() { return new A(1).m() }',
  'abstract classes and generics':
    'abstract class A<T> { abstract f(): T; g(): T { return block(this.f()) } } class B extends A<number> { f() { return 1 } } function main(): number { return new B().g() }',
  'overloads and assertions':
    'function f(a: string): string; function f(a: number): number; function f(a: any): any { return block(a) } function main() { return [f(1)!, f("a") as string, <any>f(2)] }',
}
