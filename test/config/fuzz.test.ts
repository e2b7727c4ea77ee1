import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FlagError } from '../../src/cli/flag-errors.js'
import { RUN_FLAGS } from '../../src/cli/flags.js'
import { parseFlags } from '../../src/cli/parse-flags.js'
import { ConfigFileError, parseConfigFile } from '../../src/config/config-file.js'
import { consolidate, readScriptOptions } from '../../src/config/consolidate.js'
import { describeScenario } from '../../src/config/describe.js'
import { inspectOptions, inspectPlan, inspectText, scriptOptions } from '../../src/config/inspect.js'
import { OPTION_NAMES, OPTIONS } from '../../src/config/option-table.js'
import { ConfigError } from '../../src/config/problems.js'
import { EXECUTOR_FIELDS } from '../../src/config/scenario-fields.js'
import { EXECUTOR_TYPES } from '../../src/plan/scenario.js'
import { Share } from '../../src/plan/share.js'

const anyJson = fc.jsonValue({ maxDepth: 3 })
const likely = fc.oneof(
  fc.integer({ min: -2, max: 50 }),
  fc.constantFrom('1s', '10s', '-1s', '1/3:2/3', 'default', '', null, true),
  fc.array(fc.record({ duration: fc.constantFrom('1s', 0, null), target: fc.integer({ min: -1, max: 9 }) }), {
    maxLength: 3,
  }),
)
const value = fc.oneof({ weight: 4, arbitrary: likely }, anyJson)
const fieldNames = [...new Set(EXECUTOR_TYPES.flatMap((type) => Object.keys(EXECUTOR_FIELDS[type])))]
const anyScenario = fc
  .tuple(fc.constantFrom(...EXECUTOR_TYPES, 'none'), fc.dictionary(fc.constantFrom(...fieldNames, 'exec', 'x'), value))
  .map(([executor, fields]) => ({ ...fields, executor }))
const anyOptions = fc.oneof(
  anyJson,
  fc.dictionary(fc.constantFrom(...OPTION_NAMES, 'other'), value),
  fc.record({ scenarios: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(anyScenario, anyJson)) }),
)

describe('whatever goes into the configuration', () => {
  it('comes out as a plan that can be shown, or as a ConfigError', () => {
    fc.assert(
      fc.property(anyOptions, (script) => {
        try {
          const plan = consolidate({ script, env: {} })
          for (const scenario of plan.scenarios) describeScenario(scenario, Share.WHOLE)
          inspectText(inspectPlan(plan))
          structuredClone(scriptOptions(plan))
        } catch (error) {
          assert.ok(error instanceof ConfigError, String((error as Error).stack))
          assert.ok(error.problems.length > 0)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('can be inspected, or is a ConfigError', () => {
    fc.assert(
      fc.property(anyOptions, (script) => {
        try {
          inspectText(inspectOptions(readScriptOptions(script).values))
        } catch (error) {
          assert.ok(error instanceof ConfigError, String((error as Error).stack))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('comes out as a plan or a ConfigError from the environment too', () => {
    const names = OPTION_NAMES.flatMap((name) => (OPTIONS[name].env === undefined ? [] : [`K6_${OPTIONS[name].env}`]))
    const text = fc.oneof(fc.string(), fc.constantFrom('1', '10s', 'true', 'a:b', '1s:2,3s:4', 'ttl=0'))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (env) => {
        try {
          consolidate({ env })
        } catch (error) {
          assert.ok(error instanceof ConfigError, String((error as Error).stack))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is a configuration file or a ConfigFileError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseConfigFile('c.json', text)
        } catch (error) {
          assert.ok(error instanceof ConfigFileError)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is a command line or a FlagError', () => {
    const flags = RUN_FLAGS.flatMap(({ name, short }) => [
      `--${name}`,
      `--${name}=`,
      ...(short === undefined ? [] : [`-${short}`]),
    ])
    const token = fc.oneof(fc.constantFrom(...flags, 's.ts', '10', '10s', 'a=b', '-', '--'), fc.string())
    fc.assert(
      fc.property(fc.array(token, { maxLength: 6 }), (argv) => {
        try {
          parseFlags(argv)
        } catch (error) {
          assert.ok(error instanceof FlagError, String((error as Error).stack))
        }
      }),
      { numRuns: 1000 },
    )
  })
})
