import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toYaml, type YamlValue } from '../../src/cli/yaml.js'

describe('YAML', () => {
  const table: readonly (readonly [YamlValue, string])[] = [
    [
      { status: 7, 'vus-max': 2, paused: false, tainted: null },
      'status: 7\nvus-max: 2\npaused: false\ntainted: null\n',
    ],
    [[], '[]\n'],
    [{}, '{}\n'],
    [{ a: [], b: {} }, 'a: []\nb: {}\n'],
    [[{ name: 'x', sample: { 'p(95)': 1.5 } }, 'z'], '- name: x\n  sample:\n    p(95): 1.5\n- z\n'],
    [{ list: [1, [2]] }, 'list:\n  - 1\n  - - 2\n'],
    ['rtt{a: b}', '"rtt{a: b}"\n'],
    [{ yes: 'no', one: '1', empty: '', line: 'a\nb' }, '"yes": "no"\none: "1"\nempty: ""\nline: "a\\nb"\n'],
  ]
  for (const [value, text] of table) {
    it(`writes ${JSON.stringify(value)}`, () => assert.equal(toYaml(value), text))
  }
})
