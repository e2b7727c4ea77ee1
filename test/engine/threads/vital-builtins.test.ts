import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { VitalBuiltins } from '../../../src/engine/threads/vital-builtins.js'

/** Each break is undone before anything else runs: the test itself needs the same built-ins. */
function brokenWith(owner: object, key: PropertyKey, value: unknown): string | undefined {
  const vital = new VitalBuiltins()
  const before = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor
  const { defineProperty } = Object
  defineProperty(owner, key, { value, writable: true, configurable: true })
  const found = vital.broken()
  defineProperty(owner, key, before)
  return found
}

describe('a built-in that the thread needs', () => {
  afterEach(() => {
    delete (Object.prototype as { extra?: unknown }).extra
  })

  it('is named when it gives garbage, throws or is gone', () => {
    assert.equal(
      brokenWith(Map.prototype, 'set', () => 4711),
      'Map.prototype.set',
    )
    assert.equal(
      brokenWith(Array.prototype, 'push', () => {
        throw new Error('broken')
      }),
      'Array.prototype.push',
    )
    assert.equal(brokenWith(Promise.prototype, 'then', undefined), 'Promise.prototype.then')
    assert.equal(brokenWith(Set.prototype, 'size', 7), 'Set.prototype.size')
  })

  it('may be replaced by one that does the same', () => {
    const { includes } = Array.prototype
    assert.equal(
      brokenWith(Array.prototype, 'includes', function (this: unknown[], wanted: unknown) {
        return includes.call(this, wanted)
      }),
      undefined,
    )
  })

  it('may be joined by others', () => {
    const vital = new VitalBuiltins()
    Object.assign(Object.prototype, { extra: 1 })
    assert.equal(vital.broken(), undefined)
  })
})
