import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  BYTES,
  type Check,
  COUNT,
  list,
  mapOf,
  nullable,
  optional,
  record,
  TEXT,
  variants,
} from '../../src/base/shape.js'

type Figure = { kind: 'circle'; radius: number } | { kind: 'path'; points: number[]; name?: string }

const FIGURE = variants<Figure, 'kind'>('kind', {
  circle: { radius: COUNT },
  path: { points: list(COUNT), name: optional(TEXT) },
})

/** What is wrong with a value; undefined when nothing is. */
function fault(check: Check, value: unknown): string | undefined {
  try {
    check(value, '')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('data from elsewhere', () => {
  it('may have more than what is asked for, and lack what is optional', () => {
    for (const value of [
      { kind: 'circle', radius: 1, later: true },
      { kind: 'path', points: [] },
      { kind: 'path', points: [1, 2], name: 'x' },
    ]) {
      assert.equal(fault(FIGURE, value), undefined)
    }
  })

  it('is refused with the place of the first fault, what must stand there, and what does', () => {
    const folder = record({ files: mapOf(nullable(BYTES)) })
    for (const [check, value, message] of [
      [FIGURE, undefined, 'it must be an object, got nothing'],
      [FIGURE, [], 'it must be an object, got a list of 0'],
      [FIGURE, {}, "kind must be 'circle' or 'path', got nothing"],
      [FIGURE, { kind: 'toString' }, `kind must be 'circle' or 'path', got "toString" (string)`],
      [FIGURE, { kind: 'circle', radius: -1 }, 'radius must be a whole number from 0, got -1 (number)'],
      [FIGURE, { kind: 'path', points: [1, null] }, 'points[1] must be a whole number from 0, got null'],
      [FIGURE, { kind: 'path', points: [], name: {} }, 'name must be a text, got an object'],
      [folder, { files: { a: null, b: new Uint8Array(2) } }, undefined],
      [folder, { files: { 'a b': 'x' } }, 'files["a b"] must be bytes, got "x" (string)'],
    ] as const) {
      assert.equal(fault(check, value), message)
    }
  })

  it('is named in short, however long it is', () => {
    const message = fault(mapOf(COUNT), { ['x'.repeat(100_000)]: 'y'.repeat(100_000) }) as string
    assert.ok(message.length < 200, message)
  })
})
