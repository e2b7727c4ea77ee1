/**
 * Runs a small program twice and tells what could be observed: compiled, in a virtual user, with a pause of random length at each
 * `block(value)`, and as plain JavaScript, where `block` just returns its argument.
 *
 * A program declares `main`; it may use `block(value)` (pauses, then gives the value), `blockThrow(error)` (pauses, then throws),
 * `group(name, fn)` (calls `fn`, pausing when that does), and `log(...values)`.
 */
import { runInThisContext } from 'node:vm'
import { type CompiledProgram, compile } from '../../src/pausable/compiler/compile.js'
import { call, PAUSE, type Pause, type Twin } from '../../src/pausable/runtime/pause.js'
import { evaluateProgram } from '../../src/pausable/runtime/script-runtime.js'
import { createPositionMapper, PROGRAM_FILE } from '../../src/script/positions.js'
import { Scheduler } from '../../src/vu/scheduler.js'
import type { ShardServices } from '../../src/vu/shard-services.js'
import { type HoldToken, VirtualUser } from '../../src/vu/virtual-user.js'
import { FakeTest } from '../helpers/fake-host.js'

export interface Outcome {
  log: string[]
  result: string
}

const names = ['block', 'blockThrow', 'group', 'log'] as const
export const compileOptions = {
  blocking: { k6: ['block', 'blockThrow'] },
  callers: { k6: ['group'] },
  sourceName: 'test.js',
}

export function compileMain(source: string): CompiledProgram {
  return compile(`import { ${names.join(', ')} } from 'k6';${source}\nexport { main }`, undefined, compileOptions)
}

/** A number from 0 to 1 after the other; the same ones for the same seed. */
function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 0x1000000
  }
}

class TestPause implements Pause {
  readonly call = 'block()'
  private readonly turns: number
  private readonly finish: Finish

  constructor(turns: number, finish: Finish) {
    this.turns = turns
    this.finish = finish
  }

  start(resume: (value: unknown, immediately?: boolean) => void, fail: (error: unknown) => void): void {
    if (this.turns === 0) this.finish(resume, fail)
    else if (this.turns === 1) queueMicrotask(() => this.finish(resume, fail))
    else if (this.turns === 2) setImmediate(() => this.finish(resume, fail))
    else setImmediate(() => this.finish((value) => resume(value, true), fail))
  }
}

type Finish = (resume: (value: unknown) => void, fail: (error: unknown) => void) => void

/** A virtual user whose only modules are the functions of test programs. */
export class TestVu {
  readonly vu: VirtualUser
  pauses = 0
  readonly log: string[] = []
  private readonly next: () => number

  constructor(program: CompiledProgram, seed = 1) {
    this.next = random(seed)
    const { services } = new FakeTest({ scenarios: [] }).shards[0]!
    const shard: ShardServices = {
      ...services,
      scheduler: new Scheduler(),
      runtimeOptions: { positions: createPositionMapper(program.map) },
    }
    this.vu = new VirtualUser(shard, 1, 1)
  }

  modules(): Record<string, any> {
    const blocks = (finish: (value: unknown) => Finish): unknown => {
      const vu = this
      return Object.assign(
        (..._: unknown[]) => {
          throw vu.vu.runtime.cannotPause('block()')
        },
        {
          *[PAUSE](value: unknown): Twin {
            vu.pauses++
            return yield new TestPause(Math.floor(vu.next() * 4), finish(value))
          },
        },
      )
    }
    const group = Object.assign((_: string, fn: () => unknown) => fn(), {
      *[PAUSE](_: string, fn: () => unknown): Twin {
        return yield* call(fn, undefined)
      },
    })
    return {
      k6: {
        block: blocks((value) => (resume) => resume(value)),
        blockThrow: blocks((error) => (_, fail) => fail(error)),
        group,
        log: (...values: unknown[]) => this.log.push(values.map(show).join(' ')),
      },
    }
  }

  /** One run of the VU, to its end: until nothing is left that could call into the script. @returns what the function gave */
  async run(fn: (...args: never[]) => unknown): Promise<unknown> {
    const { vu } = this
    let settle = (): unknown => undefined
    const ended = new Promise<void>((resolve) => {
      const keep = (token: HoldToken, outcome: () => unknown): void => {
        settle = outcome
        vu.release(token)
      }
      const twin = function* (): Twin {
        const token = vu.hold()
        try {
          const value = yield* call(fn, undefined)
          if (value instanceof Promise)
            value.then(
              (result) => keep(token, () => result),
              (error) => keep(token, thrower(error)),
            )
          else keep(token, () => value)
        } catch (error) {
          keep(token, thrower(error))
        }
        return undefined
      }
      vu.begin(
        Object.assign(() => undefined, { [PAUSE]: twin }),
        [],
        { runEnded: () => resolve() },
      )
    })
    await ended
    return settle()
  }
}

function thrower(error: unknown): () => never {
  return () => {
    throw error
  }
}

export async function load(program: CompiledProgram, vu: TestVu): Promise<Record<string, any>> {
  const modules = vu.modules()
  const world = {
    namespace: (name: string) => modules[name],
    global: {},
    meta: {},
  }
  const evaluate = runInThisContext(program.code, { filename: PROGRAM_FILE })
  const init = () => evaluateProgram(evaluate, program.kind, world, vu.vu.runtime)
  return (await vu.run(Object.assign(() => undefined, { [PAUSE]: init }))) as Record<string, any>
}

export async function runCompiled(source: string, seed: number): Promise<Outcome & { pauses: number }> {
  const program = compileMain(source)
  const vu = new TestVu(program, seed)
  const result = await resultOf(async () => {
    const exports = await load(program, vu)
    return vu.run(exports['main'])
  })
  return { log: vu.log, result: result(), pauses: vu.pauses }
}

export async function runPlain(source: string): Promise<Outcome> {
  const log: string[] = []
  const world = {
    block: (value: unknown) => value,
    blockThrow: (error: unknown) => {
      throw error
    },
    group: (_: string, fn: () => unknown) => fn(),
    log: (...values: unknown[]) => log.push(values.map(show).join(' ')),
  }
  const result = await resultOf(async () => {
    const kind = /^\s*(const .*= )?await /m.test(source.replace(/async[\s\S]*/, '')) ? 'async function' : 'function'
    const make = runInThisContext(`(${kind} (${names.join(', ')}) { 'use strict';${source}\nreturn { main } })`)
    const exports = await make(...names.map((name) => world[name]))
    return exports.main()
  })
  await new Promise((resolve) => setImmediate(resolve))
  return { log, result: result() }
}

/**
 * What a program ended with, to be read when its jobs are done too: a callback of a promise that nobody awaits may still change
 * the object that `main` returned, and a paused one does so later.
 */
async function resultOf(run: () => Promise<unknown>): Promise<() => string> {
  try {
    const value = await run()
    return () => show(value)
  } catch (error) {
    return () => `threw ${show(error)}`
  }
}

/** A value as text, for comparison. */
function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (typeof value === 'function') return `function ${value.name}/${value.length}`
  if (typeof value === 'symbol') return value.toString()
  if (value instanceof Map) return `Map${show([...value])}`
  if (value instanceof Set) return `Set${show([...value])}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}${show([...(value as unknown as unknown[])])}`
  if (Array.isArray(value)) return `[${Array.from(value, (item, i) => (i in value ? show(item) : 'hole')).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${show(item)}`)
      .join(', ')}}`
  }
  return Object.is(value, -0) ? '-0' : String(value)
}
