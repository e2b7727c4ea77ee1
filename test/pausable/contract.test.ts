/** The compiler writes the names that the contract lists and no others, and the runtime and the world have them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { World } from '../../src/modules/world.js'
import { compileConstructed } from '../../src/pausable/compiler/constructed.js'
import { RUNTIME_NAMES, WORLD_NAMES } from '../../src/pausable/contract.js'
import { ScriptRuntime } from '../../src/pausable/runtime/script-runtime.js'
import { compileMain } from './harness.js'
import { asyncs } from './programs/async.js'
import { builtins } from './programs/builtins.js'
import { calls } from './programs/calls.js'
import { classes } from './programs/classes.js'
import { control } from './programs/control.js'
import { functions } from './programs/functions.js'
import { generators } from './programs/generators.js'

/** What no program of the suites does. */
const others = [
  'import * as k6 from "k6"; function main() { k6.nothing(eval("1"), (0, eval)); import.meta; undeclared = 1; undeclared++; new undeclared() }',
  'export * from "k6"; function main() { const { a } = undeclared; f(...undeclared); for (const x of undeclared); throw 1 } function f() {}',
  'function main() { undeclared.m(); undeclared()(); undeclared`x` } async function f() { block(1); for await (const x of undeclared); }',
]
const constructed = ['var x = 1', 'with (this) { x }']

/** Names after `$$rt.`, `$$world.`. */
function namesAfter(object: string): string[] {
  const programs = Object.values({
    ...asyncs,
    ...builtins,
    ...calls,
    ...classes,
    ...control,
    ...functions,
    ...generators,
  })
  const codes = [...programs, ...others].map((source) => compileMain(source).code)
  codes.push(...constructed.map((source) => compileConstructed(source)!.code))
  // Where the compiler knows several files it writes `metaOf`, with the same object before it.
  const found = codes.flatMap((code) =>
    [...code.matchAll(new RegExp(`\\$\\$${object}\\.(\\w+)`, 'g'))].map(([, name]) => name!),
  )
  return [...new Set(found)].toSorted()
}

describe('the contract of compiler and runtime', () => {
  it('lists what compiled programs call of the runtime', () => {
    assert.deepEqual(namesAfter('rt'), RUNTIME_NAMES.toSorted())
  })

  it('lists what they take from the world of the VU', () => {
    assert.deepEqual([...namesAfter('world'), 'metaOf'].toSorted(), WORLD_NAMES.toSorted())
  })

  it('is kept by the runtime and the world', () => {
    const runtime = new ScriptRuntime({ enterPause: () => undefined }, {})
    assert.deepEqual(
      RUNTIME_NAMES.filter((name) => !(name in runtime)),
      [],
    )
    assert.deepEqual(
      WORLD_NAMES.filter((name) => !(name in World.prototype) && name !== 'global' && name !== 'meta'),
      [],
    )
  })
})
