import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultConfigPaths, parseConfigFile } from '../../src/config/config-file.js'
import { namedConfigFile, resolveRuntime } from '../../src/config/runtime.js'

describe('runtime options', () => {
  it('have defaults', () => {
    assert.deepEqual(resolveRuntime({ flags: {}, env: {} }), {
      scriptEnv: {},
      compatibilityMode: undefined,
      inputType: '',
      moduleCache: undefined,
      allowHttpModules: false,
      baseline: '',
      bundledJslib: false,
      noThresholds: false,
      summaryMode: 'compact',
      summaryExport: '',
      newMachineReadableSummary: false,
      secretSources: [],
      outputs: [],
      outErrors: 'warn',
      reports: [],
      save: '',
      repeat: 1,
      shards: undefined,
      address: undefined,
      apiToken: undefined,
      linger: false,
      echo: false,
      onlyScenario: undefined,
      dryRun: false,
      quiet: false,
      verbose: false,
      noColor: false,
      logFormat: '',
      logOutput: 'stderr',
      logEvery: false,
      onEmptyThreshold: 'warn',
      warnings: [],
    })
  })

  it('come from flags before the environment, and from ours before that of k6', () => {
    const env = { K6_SUMMARY_MODE: 'full', SOCKEYE_LOG_FORMAT: 'raw', K6_LOG_FORMAT: 'json', K6_NO_THRESHOLDS: '1' }
    const options = resolveRuntime({ flags: { summaryMode: 'disabled', noThresholds: false }, env })
    assert.deepEqual([options.summaryMode, options.logFormat, options.noThresholds], ['disabled', 'raw', false])
  })

  it('take outputs from flags, then environment, then file', () => {
    const file = parseConfigFile('c.json', '{ "out": ["csv"] }')
    assert.deepEqual(resolveRuntime({ flags: {}, env: {}, file }).outputs, ['csv'])
    assert.deepEqual(resolveRuntime({ flags: {}, env: { K6_OUT: 'json=a,csv' }, file }).outputs, ['json=a', 'csv'])
    assert.deepEqual(resolveRuntime({ flags: { out: ['x'] }, env: { K6_OUT: 'y' }, file }).outputs, ['x'])
  })

  it('put the environment of the process into that of the script, unless told not to', () => {
    const env = { HOME: '/home/x' }
    const flags = { env: { A: '1' } }
    assert.deepEqual(resolveRuntime({ flags, env }).scriptEnv, { HOME: '/home/x', A: '1' })
    assert.deepEqual(resolveRuntime({ flags: { ...flags, includeSystemEnvVars: false }, env }).scriptEnv, { A: '1' })
    assert.deepEqual(resolveRuntime({ flags, env, includesSystemEnv: false }).scriptEnv, { A: '1' })
  })

  it('know both ways to switch colours off', () => {
    const noColor = (env: Record<string, string>) => resolveRuntime({ flags: {}, env }).noColor
    assert.deepEqual(
      [noColor({ NO_COLOR: '' }), noColor({ K6_NO_COLOR: '' }), noColor({ K6_NO_COLOR: 'x' })],
      [true, false, true],
    )
  })

  for (const [phrase, env, message] of [
    [
      'a bad boolean',
      { K6_NO_THRESHOLDS: 'maybe' },
      `env var 'K6_NO_THRESHOLDS' is not a valid boolean value: strconv.ParseBool: parsing "maybe": invalid syntax`,
    ],
    ['a bad summary mode', { K6_SUMMARY_MODE: 'legacy' }, 'invalid summary mode'],
    [
      'a bad compatibility mode',
      { K6_COMPATIBILITY_MODE: 'x' },
      'invalid compatibility mode "x". Use: "extended", "base"',
    ],
    ['a bad number of shards', { SOCKEYE_SHARDS: '0' }, 'the number of shards must be a whole number above 0, got 0'],
  ] as const) {
    it(`refuse ${phrase}`, () => assert.throws(() => resolveRuntime({ flags: {}, env }), { message, exitCode: 255 }))
  }

  it('say where the control API is, and whether the run can do without', () => {
    const address = (flag: string | undefined, env: Record<string, string>) =>
      resolveRuntime({ flags: flag === undefined ? {} : { address: flag }, env }).address
    const env = { K6_ADDRESS: 'localhost:1' }
    assert.equal(address(undefined, {}), undefined)
    assert.deepEqual(address('localhost:2', env), { text: 'localhost:2', isRequired: true })
    assert.deepEqual(address(undefined, env), { text: 'localhost:1', isRequired: false })
    assert.deepEqual(address(undefined, { ...env, SOCKEYE_ADDRESS: ':3' }), { text: ':3', isRequired: false })
    assert.equal(address('', env), undefined)
  })

  it('linger by flag, else by variable, else by the configuration file', () => {
    const file = parseConfigFile('c', '{"linger":true}')
    assert.equal(resolveRuntime({ flags: {}, env: {} }).linger, false)
    assert.equal(resolveRuntime({ flags: {}, env: {}, file }).linger, true)
    assert.equal(resolveRuntime({ flags: {}, env: { K6_LINGER: 'false' }, file }).linger, false)
    assert.equal(resolveRuntime({ flags: { linger: true }, env: { K6_LINGER: 'false' } }).linger, true)
  })

  it('warn about what is not supported', () => {
    const env = { K6_NO_SUMMARY: 'true', K6_PROFILING_ENABLED: '1', K6_COMPATIBILITY_MODE: 'experimental_enhanced' }
    const { warnings, compatibilityMode } = resolveRuntime({
      flags: {},
      env,
      file: parseConfigFile('c', '{"webDashboard":true}'),
    })
    assert.equal(compatibilityMode, 'extended')
    assert.deepEqual(
      warnings.map(({ message }) => message),
      [
        'the compatibility mode experimental_enhanced is deprecated: TypeScript works in every mode',
        'K6_NO_SUMMARY has no effect: K6_SUMMARY_MODE=disabled leaves the summary out, as in k6 2',
        'K6_PROFILING_ENABLED has no effect: serving profiles is not supported yet',
        '`webDashboard` in the configuration file has no effect: it is not supported yet',
      ],
    )
  })
})

describe('the configuration file', () => {
  it('is named by flag or variable', () => {
    assert.equal(namedConfigFile({ config: 'a' }, { K6_CONFIG: 'b' }), 'a')
    assert.equal(namedConfigFile({}, { K6_CONFIG: 'b' }), 'b')
    assert.equal(namedConfigFile({}, {}), undefined)
  })

  it('is looked for in our folder, then in that of k6', () => {
    assert.deepEqual(defaultConfigPaths({}, '/home/x'), [
      '/home/x/.config/sockeye/config.json',
      '/home/x/.config/k6/config.json',
    ])
    assert.deepEqual(defaultConfigPaths({ XDG_CONFIG_HOME: '/c' }, '/home/x'), [
      '/c/sockeye/config.json',
      '/c/k6/config.json',
    ])
  })
})
