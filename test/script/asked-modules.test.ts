import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../../src/pausable/compiler/compile.js'
import { askedModules } from '../../src/script/computed-requires.js'

const HELPER =
  'var __require = /* @__PURE__ */ ((x) => typeof require !== "undefined" ? require : x)(function(x) {});\n'

describe('what a bundle requires', () => {
  for (const [title, text, expected] of [
    ['nothing', '', []],
    ['names that are written out', 'f(__require("node:net"), typeof __require); var __require2 = 1', ['node:net']],
    ['a template that is no built-in module', '__require(`colours$'.concat('{x}`)'), []],
    ['a template that may be one', '__require(`k6/$'.concat('{x}`)'), undefined],
    ['a computed name', '__require("k6"); __require(x)', undefined],
    ['require as a value', 'call(__require)', undefined],
  ] as const) {
    it(`is known: ${title}`, () => assert.deepEqual(askedModules(HELPER + text), expected))
  }

  it('decides what may pause: modules of Node do not', () => {
    const source = `${HELPER}var net = __require("node:net"); export default function () { net.connect(() => net.get()) }`
    const blocking = { k6: ['sleep'], 'k6/http': ['get'] }
    const pausable = (required: readonly string[] | undefined): number =>
      compile(source, undefined, { blocking, required }).pausable
    assert.deepEqual([pausable(['node:net']), pausable(['k6/http']), pausable(undefined)], [0, 1, 1])
  })
})
