/**
 * Random programs for the differential suite. A program is read off a tape of numbers: each choice takes the next one, and an
 * empty tape gives the simplest choice, so that a shorter tape is a simpler program and fast-check can shrink it.
 *
 * `cut` keeps values small, or a program that doubles one in a loop would never end.
 *
 * About half of the functions are mostly straight lines of calls (`line`).
 *
 * Variables a, b, c are always in scope; f0 … f4 are functions of every sort, which stop recursing when their fuel runs out.
 */
type Sort =
  | 'declaration'
  | 'arrow'
  | 'method'
  | 'class'
  | 'static'
  | 'private'
  | 'default'
  | 'async'
  | 'asyncArrow'
  | 'generator'

const SORTS: readonly Sort[] = [
  'declaration',
  'arrow',
  'method',
  'class',
  'static',
  'private',
  'default',
  'async',
  'asyncArrow',
  'generator',
]

function isAsync(sort: Sort): boolean {
  return sort === 'async' || sort === 'asyncArrow'
}

interface Context {
  async: boolean
  generator: boolean
  loop: boolean
  depth: number
  /** The function has `arguments` of its own. */
  args: boolean
  /** Names that were declared so far in the straight line. */
  locals: readonly string[]
  /** Those of them that may change. */
  changing: readonly string[]
}

export function randomProgram(tape: readonly number[]): string {
  return new Generator(tape).program()
}

class Generator {
  private at = 0
  private readonly tape: readonly number[]
  private sorts: Sort[] = []
  private names = 0

  constructor(tape: readonly number[]) {
    this.tape = tape
  }

  program(): string {
    this.sorts = Array.from({ length: 1 + this.pick(4) }, () => SORTS[this.pick(SORTS.length)]!)
    const functions = this.sorts.map((sort, i) => this.define(sort, i))
    const async = this.pick(2) === 1
    const context = { async, generator: false, loop: false, depth: 3, args: false, locals: [], changing: [] }
    const body = this.pick(2) === 1 ? `${this.line(context)} /* */` : this.statements(context)
    return `let fuel = 60, a = 1, b = 2, c = [3];
const cut = (x) => (Array.isArray(x) ? x.length : typeof x === 'string' ? x.slice(0, 9) : typeof x === 'function' ? x.name : x);
${functions.join('\n')}
${async ? 'async ' : ''}function main() { ${this.trials(async)} ${body} return [a, b, c] }`
  }

  /** Calls each function with a few values, whatever the tape has left; async functions all at once, or each after the other. */
  private trials(async: boolean): string {
    const calls = this.sorts.map((sort, index) => {
      const call = `f${index}(x, x)`
      if (sort === 'generator') return `[...${call}]`
      if (!isAsync(sort)) return call
      return async ? `await ${call}` : `typeof ${call}.catch((e) => log(e))`
    })
    const trial = (call: string): string => `fuel = 12; try { log(cut(${call}), a, b) } catch (e) { log(e) }`
    return `for (const x of [0, 1, 2, 3, 4, 5]) { ${calls.map(trial).join(' ')} } fuel = 30;`
  }

  private pick(choices: number): number {
    return (this.tape[this.at++] ?? 0) % choices
  }

  private one(...choices: (() => string)[]): string {
    return choices[this.pick(choices.length)]!()
  }

  private define(sort: Sort, index: number): string {
    const args = !['arrow', 'asyncArrow', 'default'].includes(sort)
    const context = {
      async: isAsync(sort),
      generator: sort === 'generator',
      loop: false,
      depth: 3,
      args,
      locals: [],
      changing: [],
    }
    const own =
      this.pick(2) === 1 ? this.line(context) : `${this.statements(context)} return ${this.expression(context)};`
    const body = `if (fuel-- <= 0) return 0; a = cut(a); b = cut(b); ${own}`
    const name = `f${index}`
    switch (sort) {
      case 'declaration':
        return `function ${name}(a, b) { ${body} }`
      case 'arrow':
        return `const ${name} = (a, b) => { ${body} };`
      case 'method':
        return `const o${index} = { k: ${index}, m(a, b) { ${body} } }; const ${name} = (x, y) => o${index}.m(x, y);`
      case 'class':
        return `class P${index} { m(a, b) { ${body} } } class C${index} extends P${index} { k = 1; m(a, b) { return super.m(a, b) } } const o${index} = new C${index}(), ${name} = (x, y) => o${index}.m(x, y);`
      case 'static':
        return `class C${index} { static m(a, b) { ${body} } } const o${index} = C${index}, ${name} = C${index}.m;`
      case 'private':
        return `class C${index} { #m(a, b) { ${body} } n(...args) { return this.#m(...args) } } const ${name} = (...x) => new C${index}().n(...x);`
      case 'default':
        return `function ${name}(a, b = block(a), { c = [b] } = {}) { ${body} }`
      case 'async':
        return `async function ${name}(a, b) { ${body} }`
      case 'asyncArrow':
        return `const ${name} = async (a, b) => { ${body} };`
      case 'generator':
        return `function* ${name}(a, b) { ${body} }`
    }
  }

  private statements(context: Context): string {
    const count = this.pick(4)
    return Array.from({ length: count }, () => this.statement(context)).join(' ')
  }

  private statement(context: Context): string {
    const e = (): string => this.expression(context)
    if (context.depth === 0) return this.leaf(context)
    const inner = { ...context, depth: context.depth - 1 }
    const body = (): string => this.statements(inner)
    const loop = (): string => this.statements({ ...inner, loop: true })
    const name = `v${this.names++}`
    return this.one(
      () => `log(${e()});`,
      () => `block(${e()});`,
      () => `a = cut(${e()});`,
      () => `b += cut(${e()}); b = cut(b);`,
      () => `c = [cut(${e()}), ...[cut(${e()})]];`,
      () => `if (${e()}) { ${body()} } else { ${body()} }`,
      () => `for (let ${name} = 0; ${name} < 2; ${name}++) { ${loop()} }`,
      () => `for (const ${name} of [${e()}, ${e()}]) { a = cut(${name}); ${loop()} }`,
      () => `{ let a = cut(${e()}); ${body()} }`,
      () => `try { ${body()} } catch (e) { log('caught', e); ${body()} } finally { ${body()} }`,
      () => `try { ${body()} } finally { log('finally'); }`,
      () => `switch (${e()}) { case 1: ${body()} case ${e()}: ${body()} break; default: ${body()} }`,
      () => `if (${e()} === 3) return ${e()};`,
      () => `if (${e()} === 2) ${context.loop ? this.exit() : 'throw new Error("two")'};`,
      () => `const ${name} = () => ${this.arrowBody(inner)}; log(${name}());`,
      () =>
        `{ const ${name} = (a) => { ${this.statements({ ...inner, async: false, generator: false, loop: false, args: false })} return a }; c.push(cut(${name}(cut(${e()})))); }`,
      () =>
        `group('g', () => { ${this.statements({ ...inner, async: false, generator: false, loop: false, args: false })} });`,
      () =>
        `Promise.resolve(${e()}).then((a) => { ${this.statements({ ...inner, async: false, generator: false, loop: false, args: false })} }, (e) => log(e)).catch((e) => log('rejected', e));`,
      () => `for (let ${name} = 2; ${name}-- > 0; ) c.push(() => ${name});`,
      () => (context.generator ? `a = cut(yield ${e()});` : `log(typeof ${e()});`),
      () =>
        context.async
          ? `for await (const ${name} of [${e()}, Promise.resolve(${e()})]) { b = cut(${name}); ${loop()} }`
          : `log(b);`,
      () => `blockThrow(${e()});`,
    )
  }

  /** A statement without others inside it: one that can be seen, or that changes what later ones see. */
  private leaf(context: Context): string {
    const e = (): string => this.expression(context)
    return this.one(
      () => `log(${e()});`,
      () => `a = cut(${e()});`,
      () => `block(b); b = cut(b) + 1;`,
      () => (context.loop ? `if (block(a) === 2) ${this.exit()};` : `log(a, b);`),
    )
  }

  private end(context: Context): string {
    return this.one(
      () => `return ${this.simple(context)};`,
      () => `throw new Error('end');`,
    )
  }

  private exit(): string {
    return this.one(
      () => 'break',
      () => 'continue',
    )
  }

  /** Calls one after the other, conditions around them, and returns. */
  private line(context: Context): string {
    let { locals, changing } = context
    const parts: string[] = []
    for (let count = 1 + this.pick(5); count > 0; count--) {
      const { text, declares } = this.step({ ...context, locals, changing })
      parts.push(text)
      if (declares) locals = [...locals, declares]
      if (declares && /^(let|var) /.test(text)) changing = [...changing, declares]
    }
    return parts.join(' ')
  }

  /** A variable that was declared in the line or around it. */
  private variable({ changing }: Context): string {
    return changing.length > 0 ? changing[this.pick(changing.length)]! : 'a'
  }

  private step(context: Context): { text: string; declares?: string } {
    const name = `w${this.names++}`
    const v = (): string => this.simple(context)
    const call = (): string => this.simpleCall(context)
    const inner = { ...context, depth: context.depth - 1 }
    const within = (of: Context): string =>
      of.depth <= 0 ? `${this.variable(of)} = cut(${this.simpleCall(of)});` : this.line(of)
    const branch = (): string => within(inner)
    const loop = (): string => within({ ...inner, loop: true })
    const ends = this.pick(3) === 0
    const text = (statement: string, declares?: string): { text: string; declares?: string } =>
      declares === undefined ? { text: statement } : { text: statement, declares }
    const choices: (() => { text: string; declares?: string })[] = [
      () => text(`${call()};`),
      () => text(`const ${name} = cut(${v()}) + 1;`, name),
      () => text(`const ${name} = ${call()};`, name),
      () => text(`let ${name} = !${call()};`, name),
      () => text(`var ${name} = ${call()}; ${name} = cut(${name});`, name),
      () => text(`const { length: ${name} = 7 } = ${call()} ?? [];`, name),
      () => text(`a = ${call()};`),
      () => text(`log(${v()});`),
      () => text(`if (${v()}) { ${branch()} }`),
      () => text(`if (${v()}) ${call()}; else { ${branch()} }`),
      () => text(`if (${v()}) { ${branch()} } else if (${call()}) { ${branch()} }`),
      () => text(`if (${call()} === 1) { ${branch()} }`),
      () => text(`if (${v()} === 2) return ${call()};`),
      () => text(`if (${v()} === 3) { ${branch()} return ${v()} }`),
      () => text(`if (${v()} === 4) return ${v()};`),
      () => text(`if (${v()} === 5) throw new Error('five');`),
      () => text(`${v()} ? ${call()} : ${call()};`),
      () => text(`${v()} && ${call()};`),
      () => text(`const ${name} = () => { a = cut(${call()}); return ${v()} }; log(${name}());`),
      () => text(`c.push(() => ${v()}); log(cut(c.at(-1)()));`),
      () => text(`log(${call()}, ${call()});`),
      () => text(`const ${name} = ${call()} + ${v()};`, name),
      () => text(`log(later${name}()); function later${name}() { return ${v()} }`),
      () => text(`log(later${name}()); function later${name}() { return cut(${call()}) }`),
      () => text(`${this.statement({ ...inner, depth: Math.min(inner.depth, 1) })}`),
      () => text(`{ let a = cut(${call()}); ${branch()} }`),
      () => text(ends ? `return ${v()} ? ${call()} : ${v()};` : `log(${call()});`),
      () => text(ends ? `return ${call()};` : `if (${v()} === 1) return ${call()};`),
      () => text(`let ${name} = ${v()};`, name),
      () => text(`${this.variable(context)} = cut(${call()});`),
      () => text(`${this.variable(context)} = ${call()};`),
      () => text(`for (let ${name} = 0; ${name} < 2; ${name}++) { ${loop()} }`),
      () => text(`for (let ${name} = 0, n = ${v()} === 1 ? 1 : 2; ${name} < n; ${name}++) ${call()};`),
      () => text(`for (var ${name} = 0; ${name} < 2; ${name}++) { c.push(() => ${name}); ${loop()} }`, name),
      () => text(`for (const ${name} of [${v()}, ${v()}]) { ${loop()} }`),
      () => text(`for (let ${name} = 0; ${name} < 2; ${name}++) { const held = () => ${name}++; ${loop()} held(); }`),
      () => text(`let ${name} = 2; while (${name}-- > 0) { ${loop()} }`, name),
      () => text(`let ${name} = 2; do { ${loop()} } while (--${name} > 0);`, name),
      () => text(`try { ${branch()} } catch (e) { log('caught', e); ${branch()} }`),
      () => text(`try { ${branch()} } finally { log(${this.variable(context)}); }`),
      () => text(`try { ${branch()} } catch { log('dropped') } finally { ${this.variable(context)} = 1; }`),
      () =>
        text(
          `for (const ${name} in { k: 1, l: 2 }) { ${this.variable(context)} += 1; ${call()}; c.push(cut(${v()})); }`,
        ),
      () => text(`if (${v()}) { for (const ${name} in { k: 1 }) { ${loop()} } ${this.end(context)} }`),
      () => text(`for (${this.variable(context)} of [${v()}, ${v()}]) { ${loop()} }`),
      () => text(`for (const ${name} of [${v()}, ${v()}]) { if (${v()} === ${name}) return ${v()}; ${loop()} }`),
      () =>
        text(
          `for (let ${name} = 0; ${name} < 3; ${name}++) { try { ${loop()} } catch (e) { ${loop()} } finally { log(${name}); } }`,
        ),
      () =>
        text(
          `for (let ${name} = 0; ${name} < 3; ${name}++) { switch (${v()}) { case 1: continue; case 2: log(${name}); break; default: c.push(${name}); } ${loop()} }`,
        ),
      () =>
        text(
          `while (${this.variable(context)} > 0) { ${this.variable(context)}--; if (fuel-- <= 0) break; ${loop()} }`,
        ),
      () => text(`try { ${branch()} } finally { ${this.variable(context)} = 2; ${call()}; }`),
      () => text(`var ${name} = ${v()}; if (${v()}) { ${name} = ${call()}; var ${name} = cut(${name}); }`, name),
      () => text(`function h${name}(x) { if (x) block(x); return ${v()} } log(h${name}(${v()}));`),
      () =>
        text(
          `class K${name} { #p = 1; m(x) { if (!x) return 0; for (const k in { a: 1 }) block(x); return this.#p } } log(new K${name}().m(${v()}));`,
        ),
      () => text(`l${name}: { ${call()}; if (${v()}) break l${name}; ${branch()} }`),
      () => text(context.loop ? `if (${v()} === 2) ${this.exit()};` : `log(${this.variable(context)});`),
      () => text(context.loop ? `if (${v()}) { ${call()}; ${this.exit()} }` : `log(a, b);`),
    ]
    return choices[this.pick(choices.length)]!()
  }

  /** A value that is there without a pause. */
  private simple(context: Context): string {
    const { locals } = context
    return this.one(
      () => '1',
      () => 'a',
      () => 'cut(b)',
      () => (locals.length > 0 ? locals[this.pick(locals.length)]! : '2'),
      () => 'this?.k',
      () => (context.args ? 'arguments.length' : '3'),
      () => (context.args ? 'cut(arguments[1])' : '0'),
      () => `(() => ${locals.at(-1) ?? 'b'})()`,
      () => `(() => this?.k)()`,
    )
  }

  private simpleCall(context: Context): string {
    const index = this.pick(this.sorts.length)
    const unawaited = ['async', 'asyncArrow', 'generator'].includes(this.sorts[index]!)
    const v = (): string => this.simple(context)
    return this.one(
      () => `block(${v()})`,
      () => (unawaited ? 'block(4)' : `f${index}.call(undefined, ${v()}, 1)`),
      () => (unawaited ? 'block(2)' : `f${index}(${v()}, ${v()})`),
      () => (['method', 'class', 'static'].includes(this.sorts[index]!) ? `o${index}.m(${v()})` : `block(${v()})`),
      () => `cut(${v()})`,
      () => `(() => block(${v()}))()`,
      () => `group('q', () => block(${v()}))`,
      () => `blockThrow(new Error(String(cut(${v()}))))`,
      () => (unawaited ? 'block(3)' : `f${index}?.(${v()}, 2)`),
    )
  }

  private arrowBody(context: Context): string {
    return this.expression({ ...context, async: false, generator: false })
  }

  private expression(context: Context): string {
    if (context.depth === 0)
      return this.one(
        () => '1',
        () => 'a',
        () => 'b',
        () => '2',
        () => 'c.length',
        () => 'block(a)',
      )
    const inner = { ...context, depth: context.depth - 1 }
    const e = (): string => this.expression(inner)
    return this.one(
      () => '0',
      () => `block(${e()})`,
      () => this.callOf(context),
      () => `(${e()} + ${e()})`,
      () => `(${e()} ? ${e()} : ${e()})`,
      () => `(${e()} && ${e()})`,
      () => `(${e()} ?? ${e()})`,
      () => `[${e()}, ${e()}].map((a) => ${this.arrowBody(inner)})`,
      () => `[1, 2, 3].filter((b, a) => ${this.arrowBody(inner)} > 1)`,
      () => `[${e()}, 1].reduce((a, b) => ${this.arrowBody(inner)}, ${e()})`,
      () => `((a, b) => ${this.arrowBody(inner)})(${e()}, ${e()})`,
      () => `\`\${${e()}}-\${${e()}}\``,
      () => `{ k: (x) => block(x), n: null }?.k?.(${e()})`.replace(/^/, '(').replace(/$/, ')'),
      () => `({ a: ${e()}, m() { return ${this.arrowBody(inner)} } }).m()`,
      () => `((s, ...v) => block(v[0]))\`x\${${e()}}y\``,
      () => `(a = cut(${e()}), a)`,
      () => (context.async ? `(await ${e()})` : `(typeof ${e()})`),
      () => (context.generator ? `(yield ${e()})` : `[${e()}][0]`),
      () => `(() => { try { return ${this.arrowBody(inner)} } finally { log(b) } })()`,
    )
  }

  private callOf(context: Context): string {
    const index = this.pick(this.sorts.length)
    const inner = { ...context, depth: context.depth - 1 }
    const call = `f${index}(${this.expression(inner)}, ${this.expression(inner)})`
    switch (this.sorts[index]) {
      case 'async':
      case 'asyncArrow':
        return context.async ? `(await ${call})` : `(${call}.then((v) => log('then', v), (e) => log('failed', e)), 1)`
      case 'generator':
        return this.one(
          () => `[...${call}]`,
          () => `((g) => { let n = 0; for (const x of g) { log(x); if (++n > 2) break } return n })(${call})`,
          () => `${call}.next().value`,
        )
      default:
        return call
    }
  }
}
