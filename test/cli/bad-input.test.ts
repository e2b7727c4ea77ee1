import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'
import { runCli } from '../helpers/run-cli.js'
import { inFolderHere, runHere } from '../helpers/run-here.js'
import { refusedPort, scriptedServer } from '../helpers/tcp-server.js'

const FINE = 'export default function () {}'

/** Runs one script. */
const run = (source: string, args: readonly string[] = [], name = 'script.js') =>
  runHere(['run', name, ...args], { files: { [name]: source } })

describe('scripts that cannot be run', { concurrency: 2 }, () => {
  it('a missing file: says so, exits with 255', async () => {
    const { exitCode, stderr, stdout } = await runHere(['run', 'missing.ts'])
    assert.equal(exitCode, 255)
    assert.match(stderr, /The moduleSpecifier \\"missing\.ts\\" couldn't be found on local disk/)
    assert.match(stderr, /make sure that you've specified the right path/)
    assert.equal(stdout, '')
  })

  it('a file that cannot be read: says so, exits with 255', async () => {
    await inFolder(async ({ path, sockeye }) => {
      // A socket, because whoever may do everything can read every file.
      await using server = createServer().listen(join(path, 'script.js'))
      await once(server, 'listening')
      const { exitCode, stderr } = await sockeye(['run', 'script.js'])
      assert.equal(exitCode, 255)
      assert.match(stderr, /\\"script.js\\" cannot be read: .*whoever runs the test must be allowed to read/)
    })
  })

  it('a working folder that was deleted: says so, exits with 255', async () => {
    const { exitCode, stderr } = await runCli(['run', 'script.js'], {
      startedBy: ['sh', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'sh'],
    })
    assert.equal(exitCode, 255)
    assert.match(
      stderr,
      /msg="the folder that sockeye was started in does not exist any more" hint="change to a folder/,
    )
  })

  it('a folder: says so, exits with 255', async () => {
    const { exitCode, stderr } = await runHere(['run', '.'])
    assert.equal(exitCode, 255)
    assert.match(stderr, /is a folder, not a script/)
  })

  it('a URL of no file on this machine: says so, exits with 255', async () => {
    for (const url of ['file://elsewhere/script.js', 'file:///%zz.js']) {
      const { exitCode, stderr } = await runCli(['run', url])
      assert.equal(exitCode, 255)
      assert.match(stderr, /is not the URL of a file: .*give the path of a .ts or .js file/)
      assert.doesNotMatch(stderr, /\n +at /)
    }
  })

  it('a syntax error: shows the line, exits with 107', async () => {
    const { exitCode, stderr } = await run('const a = 1\nexport default function ( {\n  broken here\n}\n')
    assert.equal(exitCode, 107)
    assert.match(stderr, /script\.js:3:\d+/)
    assert.match(stderr, /broken here/)
  })

  it('a name that is not UTF-8: says why it is not found, exits with 255', {
    skip: process.platform !== 'linux',
  }, async () => {
    const { exitCode, stderr } = await runCli(['run'], {
      startedBy: ['bash', '-c', `exec "$@" $'b\\xff.js'`, 'bash'],
    })
    assert.equal(exitCode, 255)
    assert.match(stderr, /bytes that are not UTF-8/)
    const inside = await runCli(['run', 'script.js'], {
      startedBy: ['bash', '-c', `mkdir $'b\\xff' && cd $'b\\xff' && echo > script.js && exec "$@"`, 'bash'],
    })
    assert.match(inside.stderr, /bytes that are not UTF-8, which Node cannot pass on: rename the file or the folder/)
  })

  it('a limit of open files that is too low to start: says how to raise it, exits with 255', {
    skip: process.platform !== 'linux',
  }, async () => {
    const { exitCode, stderr } = await runCli(['run', 'script.js'], {
      files: { 'script.js': FINE },
      isSupervised: true,
      startedBy: ['bash', '-c', 'ulimit -n 20; exec "$@"', 'bash'],
    })
    assert.equal(exitCode, 255)
    assert.match(stderr, /^ERR_TOO_FEW_FILES: .*ulimit -n 1024/s)
  })

  it('more virtual users than the machine has memory for: refused at once with 104', async () => {
    const { exitCode, stderr } = await run(FINE, ['--vus', '4000000000', '--duration', '1s'])
    assert.equal(exitCode, 104)
    assert.match(stderr, /4000000000 virtual users need 8192\.0 GB of memory at least/)
  })

  for (const [name, exitCode, variable] of [
    ['setup', 100, 'K6_SETUP_TIMEOUT'],
    ['teardown', 101, 'K6_TEARDOWN_TIMEOUT'],
    ['handleSummary', 0, 'K6_HANDLE_SUMMARY_TIMEOUT'],
  ] as const) {
    it(`a ${name}() that never ends: is ended after its time limit, and the summary is printed, exits with ${exitCode}`, async () => {
      const script = `${FINE}\nexport function ${name}() { for (;;); }`
      const result = await runHere(['run', 'script.js'], { files: { 'script.js': script }, env: { [variable]: '1s' } })
      assert.equal(result.exitCode, exitCode, result.stderr)
      assert.match(result.stderr, new RegExp(`${name}\\(\\) execution timed out after 1 seconds`))
      assert.match(result.stdout, /TOTAL RESULTS/)
    })
  }

  it('an unknown module: suggests the nearest, exits with 107', async () => {
    const { exitCode, stderr } = await run(`import x from 'k6/x/tpc'\n${FINE}`)
    assert.equal(exitCode, 107)
    assert.match(stderr, /unknown module \\"k6\/x\/tpc\\"; did you mean \\"k6\/x\/tcp\\"\?/)
    assert.match(stderr, /script\.js:1:14/)
  })

  it('a file or package that cannot be found: names it, exits with 107', async () => {
    for (const [specifier, text] of [
      ['./nowhere.js', `The moduleSpecifier \\"./nowhere.js\\" couldn't be found on local disk.`],
      ['no-such-package', 'Could not resolve \\"no-such-package\\"'],
    ] as const) {
      const { exitCode, stderr } = await run(`import '${specifier}'\n${FINE}`)
      assert.equal(exitCode, 107)
      assert.ok(stderr.includes(text), stderr)
    }
  })

  it('a package that is not installed: says how to install it, and nothing of bundlers', async () => {
    for (const [specifier, name] of [
      ['no-such-package', 'no-such-package'],
      ['no-such-package/part', 'no-such-package'],
      ['@no-such/package/part', '@no-such/package'],
    ]) {
      const { stderr } = await run(`import '${specifier}'\n${FINE}`)
      assert.ok(stderr.includes(`\n  install it with: npm install ${name}\n`), stderr)
      assert.doesNotMatch(stderr, /external/)
    }
    const host = await run(`import 'github.com/a/b.js'\n${FINE}`)
    assert.ok(host.stderr.includes('needs its whole address: https://github.com/a/b.js\n'), host.stderr)
    const named = await run(`import 'no-such-package'\n${FINE}`, [], 'no-such-package.js')
    assert.ok(named.stderr.includes('install it with: npm install no-such-package'), named.stderr)
    assert.doesNotMatch(named.stderr, /relative path|"\.\//)
    const path = await run(`import './nowhere.js'\n${FINE}`)
    assert.doesNotMatch(path.stderr, /external|npm install/)
  })

  it('what a virtual user cannot do of a module of Node: says so where it is called', async () => {
    const script = "import { execSync } from 'child_process'\nexport default function () { execSync('ls') }"
    const { exitCode, stderr } = await run(script)
    assert.equal(exitCode, 0)
    assert.match(stderr, /child_process\.execSync\(\) is not possible in a virtual user: .*\.js:2:/)
  })

  it('shows the line of the script as it is, also when the log is a file', async () => {
    const { stderr } = await run(`import 'no-such-package'\n${FINE}`)
    const lines = stderr.split('\n')
    assert.match(lines[0] ?? '', /level=error msg="Could not resolve \\"no-such-package\\""$/)
    assert.ok(
      lines.some((line) => line.endsWith(`1 │ import 'no-such-package'`)),
      stderr,
    )
  })

  it('no exported function: exits with 255', async () => {
    const { exitCode, stderr } = await run('export const options = {}')
    assert.equal(exitCode, 255)
    assert.match(stderr, /no exported functions in script/)
  })

  it('no default export although the scenario needs it: exits with 104', async () => {
    const { exitCode, stderr } = await run('export function other() {}')
    assert.equal(exitCode, 104)
    assert.match(stderr, /default/)
  })

  it('an unknown option: warns, names the option, and runs', async () => {
    const { exitCode, stderr } = await run(`export const options = { iteratoins: 2 }\n${FINE}`)
    assert.equal(exitCode, 0)
    assert.match(stderr, /level=warning.*iteratoins/)
  })

  it('an option of the wrong type: names it, its value and what is expected, exits with 104', async () => {
    const { exitCode, stderr } = await run(`export const options = { vus: 'many' }\n${FINE}`)
    assert.equal(exitCode, 104)
    assert.match(stderr, /vus.*many/)
    assert.match(stderr, /number/)
  })

  it('an unknown flag: suggests the nearest, exits with 255', async () => {
    const { exitCode, stderr } = await run(FINE, ['--iteration', '5'])
    assert.equal(exitCode, 255)
    assert.match(stderr, /--iteration\b.*\n?.*--iterations/)
  })

  it('a bundler that does not start: says so, exits with 255', async () => {
    const { exitCode, stderr } = await runCli(['run', 'script.js'], {
      files: { 'script.js': FINE, 'no-program': '' },
      env: { ESBUILD_BINARY_PATH: 'no-program' },
    })
    assert.equal(exitCode, 255, stderr)
    assert.match(stderr, /esbuild does not work/)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })

  for (const [when, init] of [
    ['', ''],
    [' in one virtual user', 'if (__VU === 2) '],
  ]) {
    it(`a top-level await that nothing can settle${when}: says so, exits with 107`, async () => {
      const script = `export const options = { vus: 2, iterations: 2 }
        ${init}await new Promise(() => {})
        export default function () {}`
      const { exitCode, stderr } = await run(script)
      assert.equal(exitCode, 107, stderr)
      assert.match(
        stderr,
        /the init code never ends: nothing is left that could settle what a top-level await waits for/,
      )
    })
  }

  it('a script that allocates without end ends with a report, the summary and an error code', async () => {
    const { exitCode, stderr, stdout, signal } = await runCli(['run', 'script.js'], {
      files: {
        'script.js': `
        import { Counter } from 'k6/metrics'
        const seen = new Counter('seen')
        const kept = []
        export default async function () {
          seen.add(1)
          await new Promise((resolve) => setTimeout(resolve, 1500))
          for (;;) kept.push(new Array(1000).fill(kept.length))
        }
        export function teardown() {}`,
      },
      isSupervised: true,
      nodeOptions: ['--max-old-space-size=60'],
    })
    assert.equal(signal, null, stderr)
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /shard 0 died: it ran out of memory/)
    assert.match(stdout, /TOTAL RESULTS/)
    assert.match(stdout, /seen\.*: 1 /)
  })

  it('a virtual user that allocates without end takes only its own thread with it: all others end as planned', async () => {
    const { exitCode, stderr, stdout } = await runCli(['run', '--shards', '2', 'script.js'], {
      files: {
        'script.js': `
        import exec from 'k6/execution'
        import { sleep } from 'k6'
        import { Counter } from 'k6/metrics'
        const seen = new Counter('seen')
        const kept = []
        const VUS = [1, 2, 3, 4]
        export const options = {
          scenarios: { s: { executor: 'per-vu-iterations', vus: 4, iterations: 10, maxDuration: '50s' } },
          thresholds: Object.fromEntries(VUS.map((vu) => ['seen{vu:' + vu + '}', ['count>=0']])),
        }
        export default function () {
          seen.add(1, { vu: exec.vu.idInTest })
          if (exec.scenario.iterationInTest === 6) for (;;) kept.push(new Array(1000).fill(kept.length))
          sleep(0.1)
        }
        export const handleSummary = ({ metrics }) => ({
          stdout: 'seen ' + VUS.map((vu) => metrics['seen{vu:' + vu + '}'].values.count).join(),
        })`,
      },
      isSupervised: true,
      nodeOptions: ['--max-old-space-size=60'],
    })
    assert.equal(exitCode, 109, stderr)
    const [, died] =
      /level=error msg="shard (\d) died: it ran out of memory" hint="what it had measured since/.exec(stderr) ?? []
    assert.ok(died !== undefined, stderr)
    assert.match(
      stderr,
      new RegExp(`a new thread goes on with what was left for shard ${died}; its virtual users begin anew`),
    )
    // The virtual users of the other shard have done all of theirs.
    const seen = /seen ([\d,]+)/.exec(stdout)?.[1]?.split(',').map(Number) ?? []
    assert.equal(seen.filter((count) => count === 10).length >= 2, true, stdout)
    // Each iteration was run once, but for those that died with the thread.
    const [, complete, interrupted] =
      [...stdout.matchAll(/(\d+) complete and (\d+) interrupted/g)].at(-1)?.map(Number) ?? []
    assert.equal((complete ?? 0) + (interrupted ?? 0), 40, stdout)
    assert.ok(interrupted === 1 || interrupted === 2, stdout)
  })

  it('a script that breaks what its thread needs cannot hang a run: its shard is ended, exits with 109', async () => {
    const { exitCode, stderr, stdout } = await runCli(['run', 'script.js'], {
      files: {
        'script.js': `
        import { sleep } from 'k6'
        export const options = { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } }
        export default function () {
          Map.prototype.get = () => { throw new Error('broken') }
          sleep(0.1)
        }`,
      },
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /the script has broken Map\.prototype\.get, which shard 0 needs|shard 0 died: Error: broken/)
    assert.match(stdout, /TOTAL RESULTS/)
  })

  it('a teardown after a shard has died gets the time that it needs', async () => {
    const { exitCode, stderr } = await runCli(['run', 'script.js'], {
      files: {
        'script.js': `
        import { sleep } from 'k6'
        const kept = []
        export default function () { for (;;) kept.push(new Array(1000).fill(kept.length)) }
        export function teardown() { sleep(3); console.log('torn down') }`,
      },
      nodeOptions: ['--max-old-space-size=60'],
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /torn down/)
  })
})

describe('scripts in all forms', { concurrency: 2 }, () => {
  it('from standard input', async () => {
    const { exitCode, stderr } = await runCli(['run', '-'], {
      stdin: `import { x } from './beside.js'\nexport default function () { console.log('from stdin ' + x) }`,
      files: { 'beside.js': 'export const x = 5' },
    })
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /msg="from stdin 5"/)
  })

  const ESM = (types: boolean) =>
    `const n${types ? ': number' : ''} = await Promise.resolve(7)\nexport default function () { console.log('n is ' + n) }`
  for (const [name, source] of [
    ['a.js', ESM(false)],
    ['a.mjs', ESM(false)],
    ['a.ts', ESM(true)],
    ['a.mts', ESM(true)],
    ['a.cjs', `const n = 7\nmodule.exports = { default: function () { console.log('n is ' + n) } }`],
    ['b.js', `const n = 7\nexports.default = () => console.log('n is ' + n)`],
    ['noextension', ESM(true)],
  ] as const) {
    it(`${name}: ${source.includes('await') ? 'with top-level await' : 'CommonJS'}`, async () => {
      const { exitCode, stderr } = await run(source, [], name)
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /n is 7/)
    })
  }

  it('CommonJS that reads its own exports in an iteration, as compilers of TypeScript write it', async () => {
    const { exitCode, stderr } = await run(
      `exports.options = { iterations: 1, tags: { a: 'b' } }
      exports.default = () => console.log('a is ' + exports.options.tags.a)`,
    )
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /a is b/)
  })

  it('import.meta is that of the file it stands in, not of the script that imports the file', async () => {
    const files = {
      'tests/main.js': `
        export { default } from './lib/users #1.js'
        export { main } from './other.js'`,
      'tests/other.js': 'export const main = import.meta.url',
      'tests/lib/users #1.js': `
        const url = import.meta.url
        const names = open(import.meta.resolve('./users.txt'))
        export default function () { console.log(names, url.replace(/.*tests/, '')) }`,
      'tests/lib/users.txt': 'ann, bob',
    }
    const { exitCode, stderr } = await runHere(['run', 'tests/main.js'], { files })
    assert.equal(exitCode, 0, stderr)
    assert.ok(stderr.includes('msg="ann, bob /lib/users%20%231.js"'), stderr)
  })

  it('with any letters in its name, and in the log as it is', async () => {
    const files = { 'tests/50% größer/a b#c.js': 'export default function () { throw new Error("seen") }' }
    const { stderr } = await runHere(['run', 'tests/50% größer/a b#c.js'], { files })
    assert.ok(stderr.includes('at default (tests/50% größer/a b#c.js:1:36)'), stderr)
  })

  it('a link: imports and open() begin in the folder of the link', () =>
    inFolderHere(async ({ path, sockeye, write }) => {
      await write(
        'elsewhere/real.js',
        `
        import { word } from './word.js'
        const text = open('./text.txt')
        export default function () { console.log(word, text) }`,
      )
      await write('tests/word.js', `export const word = 'both'`)
      await write('tests/text.txt', 'found')
      await symlink(join(path, 'elsewhere/real.js'), join(path, 'tests/link.js'))
      const { exitCode, stderr } = await sockeye(['run', 'tests/link.js'])
      assert.equal(exitCode, 0, stderr)
      assert.ok(stderr.includes('msg="both found"'), stderr)
    }))

  it('with JSON and with npm packages from the folder of the script', async () => {
    const { exitCode, stderr } = await runHere(['run', 'tests/script.ts'], {
      files: {
        'tests/script.ts': `
          import data from './data.json'
          import { twice } from 'doubler'
          export default function () { console.log('got ' + twice(data.value)) }`,
        'tests/data.json': '{ "value": 21 }',
        'tests/node_modules/doubler/package.json': '{ "name": "doubler", "version": "1.0.0", "main": "main.js" }',
        'tests/node_modules/doubler/main.js': 'exports.twice = (n) => n * 2',
      },
    })
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /msg="got 42"/)
  })
})

describe('targets that misbehave', { concurrency: 2 }, () => {
  const tcp = (port: number, lines = '', options = '') => `
    import { Socket } from 'k6/x/tcp'
    export const options = { ${options} }
    export default async function () {
      const socket = new Socket()
      socket.on('error', (error) => console.log('error: ' + error.message))
      socket.on('close', () => console.log('closed'))
      socket.on('data', (data) => console.log('data ' + data.byteLength))
      await socket.connect(${port}, __ENV.TARGET || '127.0.0.1')
      ${lines}
    }`

  it('a name that does not resolve, a port out of range, a refused connection: an error per iteration, exit code 0', async () => {
    for (const [port, target, text] of [
      [80, 'nowhere.invalid', /lookup nowhere\.invalid/],
      [70000, '', /70000/],
      [await refusedPort(), '', /connection refused/],
    ] as const) {
      const { exitCode, stderr, stdout } = await run(tcp(port), ['-e', `TARGET=${target}`])
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, text)
      assert.match(stderr, /level=error/)
      assert.match(stdout, /iterations\.*: 1 /)
    }
  })

  it('a server that closes at once, resets, or sends garbage', async () => {
    for (const [serve, text] of [
      [(socket: { end(): void }) => socket.end(), /closed/],
      [
        (socket: { resetAndDestroy(): void }) => setTimeout(() => socket.resetAndDestroy(), 50),
        /connection reset by peer/,
      ],
      [(socket: { end(data: Buffer): void }) => socket.end(Buffer.alloc(10, 0xff)), /data 10/],
    ] as const) {
      await using server = await scriptedServer(({ socket }) => void serve(socket as never))
      const { exitCode, stderr, stdout } = await run(tcp(server.port))
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, text)
      assert.match(stdout, /iterations\.*: 1 /)
    }
  })

  it('a server that never answers: the scenario ends in time', async () => {
    await using server = await scriptedServer(() => {})
    const options = `scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } }`
    const { exitCode, stderr, stdout } = await run(tcp(server.port, `await socket.write('?')`, options))
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /No script iterations fully finished.* hint="an iteration lasts until its sockets are closed/)
    assert.match(stdout, /tcp_writes/)
  })

  it('a WebSocket server that speaks no HTTP, or hangs up', async () => {
    for (const answer of ['garbage\r\n\r\n', '']) {
      await using server = await scriptedServer(({ socket }) => void socket.once('data', () => socket.end(answer)))
      const { exitCode, stderr, stdout } = await run(`
        import ws from 'k6/ws'
        export default function () { const { error } = ws.connect('ws://127.0.0.1:${server.port}/', () => {}); console.log('error: ' + error) }`)
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /Attempt to establish a WebSocket connection failed.* url="?ws:/)
      assert.match(stdout, /iterations\.*: 1 /)
    }
  })
})

describe('advice', () => {
  it('a write before the connection is open: the log says to await it, the error the script sees has no hint', async () => {
    const { exitCode, stderr } = await run(`
      import { Socket } from 'k6/x/tcp'
      export default async function () {
        const socket = new Socket()
        await socket.write('too early').catch((error) => { console.log(JSON.stringify(error)); throw error })
      }`)
    assert.equal(exitCode, 0)
    assert.match(stderr, /no active connection.* hint="await socket\.connect\(…\) before writing"/)
    assert.ok(stderr.includes(JSON.stringify('{"name":"TCPError","method":"write","message":"no active connection"}')))
  })

  it('a port that is no number or missing: the log says how connect() is called', async () => {
    const { exitCode, stderr } = await run(`
      import { Socket } from 'k6/x/tcp'
      export const options = { iterations: 2, hosts: { 'game.test': '127.0.0.1' } }
      export default async function () {
        if (__ITER === 0) await new Socket().connect('localhost', 'game.test')
        else await new Socket().connect({ host: 'game.test', prot: 7007 })
      }`)
    assert.equal(exitCode, 0)
    assert.equal(stderr.match(/hint="the port is missing or no number: connect\(port, host\) or connect/g)?.length, 2)
  })

  it('a target that is down, and a threshold on checks that were never made: the log says it proves nothing', async () => {
    const port = await refusedPort()
    const { exitCode, stderr } = await run(`
      import { check } from 'k6'
      import { Socket } from 'k6/x/tcp'
      export const options = { thresholds: { checks: ['rate>0.99'] } }
      export default async function () {
        await new Socket().connect(${port}, '127.0.0.1')
        check(1, { connected: () => true })
      }`)
    assert.equal(exitCode, 0)
    assert.match(stderr, /level=warning msg="thresholds on 'checks' were not put to the test: there are no samples/)
  })

  it('an event of k6/ws that does not exist: the log lists those that do', async () => {
    const { exitCode, stderr } = await run(
      `
      import ws from 'k6/ws'
      export default function () {
        ws.connect(__ENV.WS_ECHO_URL, {}, (socket) => {
          socket.on('onopen', () => socket.close())
          socket.on('open', () => socket.close())
        })
      }`,
      ['--echo'],
    )
    assert.equal(exitCode, 0)
    assert.match(stderr, /level=warning msg="unknown event type: onopen" hint="events are open, message, /)
  })

  it('names that browsers and Node have and scripts have not: the log says what to use', async () => {
    const { exitCode, stderr } = await run(`
      export const options = { iterations: 2 }
      export default async function () {
        if (__ITER === 0) open(__dirname)
        else await Promise.resolve().then(() => new XMLHttpRequest())
      }`)
    assert.equal(exitCode, 0)
    assert.match(stderr, /__dirname is not defined.* hint="open\('\.\/file'\) is relative to the script"/)
    assert.match(stderr, /XMLHttpRequest is not defined.* hint="use fetch or k6\/http"/)
  })

  it('module.exports in a file that imports: the log says that the two do not mix', async () => {
    const { exitCode, stderr } = await run(`
      import { sleep } from 'k6'
      module.exports = { options: {} }
      export default function () { sleep(0) }`)
    assert.equal(exitCode, 107)
    assert.match(
      stderr,
      /module is not defined.* hint="script exception: you are trying to access identifier \\"module\\", this likely is due to mixing/,
    )
  })

  it('a setup() that fails: nothing about the duration of the test', async () => {
    const throwing = await run(`export function setup() { throw new Error('no') }\n${FINE}`)
    assert.equal(throwing.exitCode, 107)
    const never = await run(
      `export const options = { setupTimeout: '200ms' }
       export function setup() { return new Promise((resolve) => setTimeout(resolve, 60000)) }\n${FINE}`,
    )
    assert.equal(never.exitCode, 100)
    for (const { stderr } of [throwing, never]) assert.doesNotMatch(stderr, /No script iterations/)
  })

  it('a duration that is too short: names the flag, and what was typed', async () => {
    const { exitCode, stderr } = await run(FINE, ['-d', '300ms'])
    assert.equal(exitCode, 104)
    assert.ok(stderr.includes('at   --duration = \\"300ms\\"'), stderr)
    assert.doesNotMatch(stderr, /options\.duration/)
  })
})

describe('outputs that fail', () => {
  const BUSY = `export const options = { iterations: 5000 }\nexport default function () {}`

  it('a full disk: one error, the test goes on, the summary is shown', { skip: !existsSync('/dev/full') }, async () => {
    const { exitCode, stderr, stdout } = await run(BUSY, ['--out', 'json=/dev/full'])
    assert.equal(exitCode, 111, stderr)
    assert.equal(stderr.match(/json output to '.dev.full' failed.*no space left on device/g)?.length, 1, stderr)
    assert.match(stdout, /iterations\.*: 5000 /)
  })

  it('a full disk under the summary export: an error, and the summary on stdout', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const { stderr, stdout } = await run(FINE, ['--summary-export', '/dev/full'])
    assert.match(stderr, /\/dev\/full/)
    assert.match(stdout, /TOTAL RESULTS/)
  })

  it('a full disk under one of two outputs: the other has everything, thresholds decide the exit code', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const script = `export const options = { iterations: 5000, thresholds: { iterations: ['count<10'] } }
      export default function () {}
      export const handleSummary = ({ metrics }) => ({ stdout: 'summary of ' + metrics.iterations.values.count })`
    const result = await run(script, ['--out', 'csv=/dev/full', '--out', 'json=-'])
    assert.equal(result.exitCode, 99, result.stderr)
    assert.equal(
      result.stderr.match(/csv output to '.dev.full' failed.*no space left on device/g)?.length,
      1,
      result.stderr,
    )
    assert.match(result.stderr, /the output csv \(\/dev\/full\) lost \d+ of \d+ samples/)
    assert.equal(result.stdout.match(/"metric":"iterations","type":"Point"/g)?.length, 5000)
    assert.ok(result.stdout.includes('summary of 5000'))
  })

  for (const [what, output, message] of [
    [
      'a file that cannot be created',
      'json=no/such/folder/out.json',
      /level=error msg="the output json \(no\/such\/folder\/out\.json\) could not be started: could not open '.*no\/such\/folder\/out\.json': ENOENT: no such file or directory" hint="its folder must exist and be writable"/,
    ],
    ['an unknown type', 'jsno=x', /invalid output type 'jsno', available types are: .*csv, .*json/],
  ] as const) {
    it(`${what}: one error that names it, nothing is run, exits with 255`, async () => {
      const script = `export default function () { console.log('iteration') }`
      const { exitCode, stderr, stdout } = await run(script, ['--out', output])
      assert.equal(exitCode, 255, stderr)
      assert.match(stderr, message)
      assert.equal(stderr.match(/level=/g)?.length, 1, stderr)
      assert.doesNotMatch(stdout, /TOTAL RESULTS/)
    })
  }

  it('a closed pipe behind stdout: the exit code is that of the test', async () => {
    for (const [args, code] of [
      [[], 0],
      [['--quiet'], 0],
      [['--out', 'json=-'], 0],
      [['--quiet', '--out', 'json=-'], 0],
      [['-e', 'ABORT=1'], 108],
    ] as const) {
      const script = `
        import exec from 'k6/execution'
        export const options = { iterations: 3000, vus: 2 }
        export default function () { if (__ENV.ABORT) exec.test.abort() }`
      const result = await runCli(['run', 'script.js', ...args], {
        files: { 'script.js': script },
        isSupervised: true,
        pipeTo: 'head -1',
      })
      assert.equal(result.exitCode, code, result.stderr)
      assert.doesNotMatch(result.stderr, /Unhandled|node:events/)
    }
  })

  it('a full disk behind stdout: one message, and what goes elsewhere is complete', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const script = `${BUSY}\nexport const handleSummary = () => ({ stdout: 'lost', stderr: 'kept' })`
    const result = await runCli(['run', 'script.js'], {
      files: { 'script.js': script },
      isSupervised: true,
      startedBy: ['bash', '-c', 'exec "$@" > /dev/full', 'bash'],
    })
    assert.equal(result.exitCode, 0, result.stderr)
    assert.equal(result.stderr.match(/stdout: ENOSPC: no space left on device/g)?.length, 1, result.stderr)
    assert.ok(result.stderr.includes('kept'))
  })

  it('a closed pipe behind stderr loses neither the summary nor the exit code', async () => {
    const script = `export const options = { iterations: 2000 }\nexport default function () { console.log('a line of the log') }`
    const result = await runCli(['run', 'script.js'], {
      files: { 'script.js': script },
      isSupervised: true,
      pipeTo: 'cat',
      closesStderr: true,
    })
    assert.equal(result.exitCode, 0)
    assert.match(result.stdout, /iterations\.*: 2000 /)
  })
})
