import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { placeInStack } from '../../src/base/errors.js'

describe('the place in a stack', () => {
  for (const [what, stack, place] of [
    [
      'is the innermost with a position',
      'Error: x\n    at JSON.parse (<anonymous>)\n    at f (a.ts:1:2)\n    at b.ts:3:4',
      'a.ts:1:2',
    ],
    [
      'is in the files of the user rather than in a package',
      'Error: x\n\tat c (node_modules/pg/x.js:1:1)\n\tat default (a.ts:7:5)',
      'a.ts:7:5',
    ],
    [
      'is in a package when there is no other',
      'Error: x\n\tat c (../node_modules/pg/x.js:1:1)',
      '../node_modules/pg/x.js:1:1',
    ],
    ['may have spaces and be asynchronous', 'Error: x\n    at async my script.ts:1:2', 'my script.ts:1:2'],
    ['is empty without one', 'Error: at 5:3', ''],
  ] as const) {
    it(what, () => assert.equal(placeInStack(stack), place))
  }
})
