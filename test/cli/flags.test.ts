import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FLAG_GROUPS } from '../../src/cli/flag-definition.js'
import { FlagError } from '../../src/cli/flag-errors.js'
import { RUN_FLAGS } from '../../src/cli/flags.js'
import { runHelp } from '../../src/cli/help.js'
import { parseFlags } from '../../src/cli/parse-flags.js'
import { consolidate } from '../../src/config/consolidate.js'

const parse = (line: string) => parseFlags(line === '' ? [] : line.split(' '))

describe('the command line of run', () => {
  for (const [line, flags] of [
    ['-u 10 s.ts', { vus: 10 }],
    ['-u10 s.ts', { vus: 10 }],
    ['-u=10 s.ts', { vus: 10 }],
    ['--vus 10 s.ts', { vus: 10 }],
    ['--vus=10 s.ts', { vus: 10 }],
    ['s.ts --vus 10', { vus: 10 }],
    ['--vus -1 s.ts', { vus: -1 }],
    ['--vus 1 --vus 2 s.ts', { vus: 2 }],
    ['-d 1m30s -i 5 s.ts', { duration: 90_000, iterations: 5 }],
    ['-d 1.5h s.ts', { duration: 5_400_000 }],
    ['--min-iteration-duration 0 s.ts', { minIterationDuration: 0 }],
    ['--throw s.ts', { throw: true }],
    ['--throw=false s.ts', { throw: false }],
    ['-w s.ts', { throw: true }],
    ['-wu5 s.ts', { throw: true, vus: 5 }],
    [
      '--blacklist-ip 10.0.0.0/8,11.0.0.0/8 --blacklist-ip 12.0.0.0/8 s.ts',
      { blacklistIPs: ['10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8'] },
    ],
    ['--tag a=1 --tag b=x=y,z s.ts', { tags: { a: '1', b: 'x=y,z' } }],
    ['--dns ttl=1m,select=first s.ts', { dns: { ttl: '1m', select: 'first' } }],
    ['--system-tags url,vu s.ts', { systemTags: ['url', 'vu'] }],
    ['--system-tags "" s.ts', { systemTags: ['""'] }],
    ['--summary-trend-stats avg,p(99) s.ts', { summaryTrendStats: ['avg', 'p(99)'] }],
    ['--summary-time-unit ms s.ts', { summaryTimeUnit: 'ms' }],
    ['--execution-segment 0:1/3 s.ts', { executionSegment: '0:1/3' }],
    ['--local-ips 10.0.0.1-10.0.0.9 s.ts', { localIPs: '10.0.0.1-10.0.0.9' }],
    [
      '--insecure-skip-tls-verify --no-setup --no-teardown s.ts',
      { insecureSkipTLSVerify: true, noSetup: true, noTeardown: true },
    ],
    ['--console-output out.txt s.ts', { consoleOutput: 'out.txt' }],
  ] as const) {
    it(`reads ${line}`, () => {
      const parsed = parse(line)
      assert.deepEqual(parsed.flags, flags)
      assert.equal(parsed.scriptPath, 's.ts')
    })
  }

  it('reads stages, several or with commas', () => {
    const stages = [
      { duration: 10_000, target: 5 },
      { duration: 60_000, target: 5 },
      { duration: 1000, target: null },
    ]
    assert.deepEqual(parse('-s 10s:5,1m:5 --stage 1s s.ts').flags.stages, stages)
  })

  for (const [line, runtime] of [
    ['-e A=1 -e B=x=y,z -e C s.ts', { env: { A: '1', B: 'x=y,z', C: '' } }],
    ['-qv s.ts', { quiet: true, verbose: true }],
    ['-o json=a.json --out csv s.ts', { out: ['json=a.json', 'csv'] }],
    ['-c config.json --no-color s.ts', { config: 'config.json', noColor: true }],
    ['--include-system-env-vars=false s.ts', { includeSystemEnvVars: false }],
    [
      '--no-thresholds --summary-mode full --summary-export x.json s.ts',
      { noThresholds: true, summaryMode: 'full', summaryExport: 'x.json' },
    ],
    ['--shards 2 --echo --scenario login s.ts', { shards: 2, echo: true, scenario: 'login' }],
    [
      '--log-format json --log-output=file=x.log,level=info s.ts',
      { logFormat: 'json', logOutput: 'file=x.log,level=info' },
    ],
  ] as const) {
    it(`reads ${line}`, () => {
      const parsed = parse(line)
      assert.deepEqual(parsed.runtime, runtime)
      assert.deepEqual(parsed.flags, {})
    })
  }

  it('reads the script from standard input, and what looks like a flag after --', () => {
    assert.equal(parse('-u 1 -').scriptPath, '-')
    assert.equal(parse('-u 1 -- --odd.ts').scriptPath, '--odd.ts')
  })

  it('stops at a wish for help', () => {
    for (const line of ['--help', '-h', 's.ts -u 3 --help']) assert.equal(parse(line).wantsHelp, true)
  })

  it('gives the layer with the highest priority', () => {
    const { flags } = parse('-u 5 -d 10s s.ts')
    const [scenario] = consolidate({ script: { vus: 1, iterations: 9 }, env: { K6_VUS: '3' }, flags }).scenarios
    assert.deepEqual([scenario?.executor, scenario && 'vus' in scenario && scenario.vus], ['constant-vus', 5])
  })
})

const COUNT = 'arg should either be "-", if reading script from stdin, or a path to a script file'

describe('a wrong command line of run', () => {
  for (const [line, code, message] of [
    ['', 'ERR_ARGUMENTS', `accepts 1 arg(s), received 0: ${COUNT}`],
    ['a.ts b.ts', 'ERR_ARGUMENTS', `accepts 1 arg(s), received 2: ${COUNT}`],
    ['--vuss 3 s.ts', 'ERR_UNKNOWN_FLAG', 'unknown flag: --vuss'],
    ['--no-summary s.ts', 'ERR_UNKNOWN_FLAG', 'unknown flag: --no-summary'],
    ['-z s.ts', 'ERR_UNKNOWN_FLAG', "unknown shorthand flag: 'z' in -z"],
    ['-qz s.ts', 'ERR_UNKNOWN_FLAG', "unknown shorthand flag: 'z' in -qz"],
    ['s.ts --vus', 'ERR_INVALID_FLAG', 'flag needs an argument: --vus'],
    ['s.ts -qu', 'ERR_INVALID_FLAG', "flag needs an argument: 'u' in -qu"],
    [
      '-u ten s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "ten" for "-u, --vus" flag: strconv.ParseInt: parsing "ten": invalid syntax',
    ],
    [
      '-u 1.5 s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "1.5" for "-u, --vus" flag: strconv.ParseInt: parsing "1.5": invalid syntax',
    ],
    [
      '-u 99999999999999999999 s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "99999999999999999999" for "-u, --vus" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [
      '-d 1d s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "1d" for "-d, --duration" flag: time: unknown unit "d" in duration "1d"',
    ],
    [
      '-d 30 s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "30" for "-d, --duration" flag: time: missing unit in duration "30"',
    ],
    [
      '-d soon s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "soon" for "-d, --duration" flag: time: invalid duration "soon"',
    ],
    [
      '-d 5d5 s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "5d5" for "-d, --duration" flag: time: invalid duration "5d5"',
    ],
    [
      '--throw=maybe s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "maybe" for "-w, --throw" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      '-s :5 s.ts',
      'ERR_INVALID_FLAG',
      `invalid argument ":5" for "-s, --stage" flag: stage 0 doesn't have a specified duration`,
    ],
    [
      '-s 1s:5,x:5 s.ts',
      'ERR_INVALID_FLAG',
      `invalid argument "x:5" for "-s, --stage" flag: error for stage 1: 'x' is not a valid duration value`,
    ],
    [
      '--dns first s.ts',
      'ERR_INVALID_FLAG',
      'invalid argument "first" for "--dns" flag: must be an object with ttl, select and policy, got "first" (string)',
    ],
    ['--summary-time-unit h s.ts', 'ERR_INVALID_FLAG', "invalid summary time unit 'h', use 's', 'ms' or 'us'"],
    ['--tag= s.ts', 'ERR_INVALID_FLAG', "error parsing tag '': invalid tag, empty string"],
    ['--tag =x s.ts', 'ERR_INVALID_FLAG', "error parsing tag '=x': invalid tag, empty name"],
    ['--tag x= s.ts', 'ERR_INVALID_FLAG', "error parsing tag 'x=': invalid tag, empty value"],
    ['--tag x s.ts', 'ERR_INVALID_FLAG', "error parsing tag 'x': invalid tag, empty value"],
    ['-e 1A=x s.ts', 'ERR_INVALID_FLAG', "invalid environment variable name '1A'"],
    ['-e =x s.ts', 'ERR_INVALID_FLAG', "invalid environment variable name ''"],
    ['--profiling-enabled s.ts', 'ERR_UNSUPPORTED_FLAG', 'the flag --profiling-enabled is not supported yet'],
  ] as const) {
    it(`is refused: ${line || 'nothing'}`, () => {
      assert.throws(
        () => parse(line),
        (error) => {
          assert.ok(error instanceof FlagError)
          assert.deepEqual([error.message, error.code, error.exitCode], [message, code, 255])
          return true
        },
      )
    })
  }

  it('suggests the flag that was meant', () => {
    assert.throws(() => parse('--iteration 3 s.ts'), { hint: 'did you mean --iterations?' })
  })
})

describe('the table of flags', () => {
  it('has each name and each letter once', () => {
    const names = RUN_FLAGS.map(({ name }) => name)
    const letters = RUN_FLAGS.flatMap(({ short }) => short ?? [])
    assert.equal(new Set(names).size, names.length)
    assert.equal(new Set(letters).size, letters.length)
  })

  it('has every flag of the reference', () => {
    const reference =
      'address config log-format log-output no-color profiling-enabled quiet verbose secret-source vus duration iterations stage ' +
      'execution-segment execution-segment-sequence paused no-setup no-teardown max-redirects batch batch-per-host rps user-agent ' +
      'http-debug insecure-skip-tls-verify no-connection-reuse no-vu-connection-reuse min-iteration-duration throw blacklist-ip ' +
      'block-hostnames summary-trend-stats summary-time-unit system-tags tag console-output discard-response-bodies local-ips dns ' +
      'include-system-env-vars compatibility-mode type env no-thresholds summary-mode summary-export new-machine-readable-summary ' +
      'on-empty-threshold log-every traces-output out out-errors save repeat linger no-usage-report features shards echo scenario dry-run ' +
      'module-cache allow-http-modules bundled-jslib api-token report baseline nats instances require weighted wait on-lost ' +
      'nats-creds nats-token nats-ca nats-cert nats-key insecure-nats'
    assert.deepEqual(RUN_FLAGS.map(({ name }) => name).sort(), reference.split(' ').sort())
  })
})

describe('the help of run', () => {
  const help = runHelp()

  it('shows every supported flag in its group, and no other', () => {
    const groups = FLAG_GROUPS.filter((group) => RUN_FLAGS.some((flag) => flag.group === group))
    const positions = groups.map((group) => help.indexOf(`\n${group}\n`))
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    )
    assert.ok(positions.every((position) => position > 0))
    for (const { name, support } of RUN_FLAGS) {
      assert.equal(new RegExp(`^ .*--${name}( |\\[|$)`, 'm').test(help), support === 'supported', name)
    }
  })

  it('fits into 110 columns', () => {
    for (const line of help.split('\n')) assert.ok(line.length <= 110, line)
  })

  it('sets headings apart on a terminal', () => {
    assert.match(
      runHelp((text) => `<${text}>`),
      /\n<Usage>\n[\s\S]*\n<Workload>\n/,
    )
  })
})
