/** npm packages in scripts: which build of them is taken, what is shared, and what becomes of those that cannot work. */
import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

type Files = Record<string, string>

/** A package of some files; `manifest` joins its package.json. */
function packageOf(name: string, files: Files, manifest: object = {}): Files {
  const entries = Object.entries({ 'package.json': JSON.stringify({ name, ...manifest }), ...files })
  return Object.fromEntries(entries.map(([path, text]) => [`node_modules/${name}/${path}`, text]))
}

describe('packages in a script', () => {
  it('get their build for Node, and the one for browsers where the script asks for it', async () => {
    const files = packageOf(
      'both',
      {
        'node.js': "exports.build = 'node'",
        'web.js': "exports.build = require('./part')",
        'part.js': "module.exports = 'wrong'",
        'part-web.js': "module.exports = 'browser'",
      },
      { main: './node.js', browser: { './node.js': './web.js', './part.js': './part-web.js' } },
    )
    for (const [options, expected] of [
      ['{}', 'node'],
      ["{ browserPackages: ['both'] }", 'browser'],
    ]) {
      const script = `import { build } from 'both'\nexport const options = ${options}\nexport default () => console.log(build)`
      const result = await runScript(script, { files })
      assert.deepEqual(result.console, [expected], result.errors.join('\n'))
    }
  })

  it('are refused with the option when the script does not write it out', async () => {
    const result = await runScript(`
      const names = ['both']
      export const options = { browserPackages: names }
      export default function () {}`)
    assert.equal(result.exitCode, 104)
    assert.match(
      result.errors.join('\n'),
      /the option browserPackages must be written out in the script, got \["both"\]/,
    )
  })

  it('may require what is not installed: an error at run time, with file and line', async () => {
    const files = {
      ...packageOf('guarded', {
        'index.js': "let fast\ntry { fast = require('not-there') } catch {}\nexports.isFast = fast !== undefined",
      }),
      ...packageOf('dead', { 'index.js': "exports.load = () =>\n  require('not-there-either')" }),
    }
    const result = await runScript(
      `import { isFast } from 'guarded'
       import { load } from 'dead'
       export default function () { try { load() } catch (e) { console.log(isFast, e.code, e.message) } }`,
      { files },
    )
    const message =
      "Cannot find module 'not-there-either' (required at node_modules/dead/index.js:2); install it with: npm install not-there-either"
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.match(result.console[0] ?? '', /^false MODULE_NOT_FOUND /)
    assert.ok(
      result.console[0]?.replace(/required at \S*node_modules/, 'required at node_modules').endsWith(message),
      result.console[0],
    )
  })

  it('that are native add-ons say so in a line, with what to use instead', async () => {
    const files = packageOf('pg-native', { 'index.js': "exports.query = require('./build/addon.node')" })
    const result = await runScript("import native from 'pg-native'\nexport default () => native", { files })
    assert.equal(result.exitCode, 107)
    const text = result.errors.join('\n')
    assert.match(
      text,
      /the package pg-native is a native add-on \(\.\/build\/addon\.node\), which virtual users cannot load; use pg/,
    )
  })

  it('that look for their add-on by a computed name are refused in a line, too', async () => {
    const files = {
      ...packageOf('zeromq', {
        'index.js': "module.exports = require('cmake-ts/build/loader.js').loadAddon(__dirname)",
      }),
      ...packageOf('cmake-ts', {
        'build/loader.js': 'exports.loadAddon = (folder) => require(folder + "/addon.node")',
      }),
    }
    const result = await runScript("import * as zmq from 'zeromq'\nexport default () => zmq", { files })
    assert.equal(result.exitCode, 107)
    assert.match(
      result.errors.join('\n'),
      /the package zeromq is a native add-on \(cmake-ts\/build\/loader\.js\), which virtual users cannot load; no package of pure JavaScript/,
    )
  })

  it('may require by a computed name, without the extension, from a folder that has read-mes, too', async () => {
    const files = packageOf('folders', {
      'index.js': "exports.load = (name) => require('./parts/' + name)",
      'parts/one.js': "module.exports = 'part one'",
      'parts/two.js': "module.exports = require('not-installed')",
      'parts/README.md': '# Parts',
    })
    const result = await runScript(
      `import { load } from 'folders'
       export default function () { console.log(load('one.js'), load('one')); try { load('README.md') } catch (e) { console.log(e.message) } }`,
      { files },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.equal(result.console[0], 'part one part one')
    assert.match(result.console[1] ?? '', /^Cannot find module '.*README\.md': it is no module$/)
  })

  it('give the whole as their default when they say they were ES modules and have no default', async () => {
    const files = packageOf('compiled', {
      'index.js': "Object.defineProperty(exports, '__esModule', { value: true }); exports.client = 'client'",
    })
    for (const name of ['script.ts', 'script.js', 'script.mjs']) {
      const script = "import compiled from 'compiled'\nexport default () => console.log(compiled.client)"
      const result = await runScript(script, { files, name })
      assert.deepEqual(result.console, ['client'], result.errors.join('\n'))
    }
  })

  it('are found by createRequire, as are files of the script, modules of Node and of k6', async () => {
    const files = {
      ...packageOf('asked', { 'index.js': "exports.name = 'asked'" }),
      ...packageOf(
        'asking',
        {
          'index.mjs':
            "import { createRequire } from 'module'\nconst load = createRequire(import.meta.url)\nexport const name = load('asked').name",
        },
        { exports: './index.mjs' },
      ),
      'own.cjs': "module.exports = 'own'",
    }
    const result = await runScript(
      `import { createRequire } from 'node:module'
       import { name } from 'asking'
       const require = createRequire(import.meta.url)
       const fine = [require('asked').name, name, require('./own.cjs'), typeof require('net').connect, typeof require('k6').sleep]
       try { require('not-there') } catch (e) { fine.push(e.message.includes('"not-there"')) }
       export default () => console.log(fine.join(' '))`,
      { files },
    )
    assert.deepEqual(result.console, ['asked asked own function function true'], result.errors.join('\n'))
  })

  it('may import WebAssembly', async () => {
    const bytes = Buffer.from(
      '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
      'hex',
    )
    const result = await runScript(
      `import module from './add.wasm'
       const { add } = new WebAssembly.Instance(module).exports
       export default () => console.log(add(2, 3))`,
      { files: { 'add.wasm': bytes } },
    )
    assert.deepEqual(result.console, ['5'], result.errors.join('\n'))
  })

  it('know where they are, and read their files in the init code', async () => {
    const files = packageOf('reader', {
      'index.js': "exports.text = require('fs').readFileSync(require('path').join(__dirname, 'data.txt'), 'utf8')",
      'data.txt': 'beside the package',
    })
    const result = await runScript("import { text } from 'reader'\nexport default () => console.log(text)", { files })
    assert.deepEqual(result.console, ['beside the package'], result.errors.join('\n'))
  })

  it('are evaluated for each VU, or once for all of a shard', async () => {
    const files = packageOf('counter', {
      'index.js': 'let n = 0\nexports.next = () => ++n\nexports.env = () => process.env.NAME',
    })
    const run = (options: string) =>
      runScript(
        `import { next, env } from 'counter'
         export const options = { vus: 3, iterations: 3, ${options} }
         export default () => console.log(next(), env())`,
        { files, flags: ['--shards', '1', '-e', 'NAME=x'] },
      )
    const shared = await run("sharedPackages: ['counter']")
    assert.deepEqual([...shared.console].sort(), ['1 x', '2 x', '3 x'], shared.errors.join('\n'))
    const own = await run('')
    assert.ok(own.console.includes('1 x'))
  })
})

describe('MessageChannel', () => {
  it('tells each message in a task of the VU that made it, and holds its iteration until then', async () => {
    const result = await runScript(
      `import { MessageChannel as OfThreads } from 'node:worker_threads'
       export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 5, iterations: 2, maxDuration: '30s' } } }
       export default function () {
         __ENV.ME = String(__VU)
         const { port1, port2 } = new MessageChannel()
         port1.onmessage = ({ data }) => { console.log(data === __VU && process.env.ME === String(__VU)); port2.postMessage('more') }
         port1.postMessage('unheard')
         port2.postMessage(__VU)
         const other = new OfThreads()
         other.port2.on('message', (data) => { if (__VU === 3) throw new Error('of VU ' + data) ; other.port1.close() })
         other.port1.postMessage(__VU)
         port1.onmessage = ((first) => (event) => { first(event); port1.onmessage = null })(port1.onmessage)
       }`,
      { flags: ['--shards', '1'] },
    )
    assert.equal(result.exitCode, 0)
    assert.equal(result.console.filter((line) => line === 'true').length, 10)
    assert.ok(!result.console.includes('false'))
    assert.equal(result.errors.filter((line) => line.includes('of VU 3')).length, 2, result.errors.join('\n'))
  })
})

describe('what a package does wrong', () => {
  let server: net.Server
  let port: number

  before(async () => {
    server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as net.AddressInfo).port
  })
  after(() => server.close())

  /** VU 1 does it; VU 2 must go on. */
  const CASES: Readonly<Record<string, [code: string, message: RegExp]>> = {
    'an error event that nobody listens for': [
      "net.connect(1, '127.0.0.1')",
      /connect ECONNREFUSED 127\.0\.0\.1:1\n\tat bad \(script/,
    ],
    'an emitter without a listener': [
      "setTimeout(() => new EventEmitter().emit('error', new Error('unheard')), 1)",
      /unheard/,
    ],
    'an exception in a socket callback': [
      "net.connect(PORT, '127.0.0.1', () => { throw new Error('in connect') })",
      /in connect/,
    ],
    'an exception in nextTick': ["process.nextTick(() => { throw new Error('in a tick') })", /in a tick/],
    'an exception in a timer': ["setTimeout(() => { throw new Error('in a timer') }, 1)", /in a timer/],
    'a rejection that nobody handles': [
      "void Promise.reject(new Error('unhandled'))",
      /Uncaught \(in promise\) Error: unhandled/,
    ],
    'process.exit()': ['process.exit(3)', /process\.exit\(\) is not possible in a virtual user/],
  }

  for (const [name, [code, message]] of Object.entries(CASES)) {
    it(`${name} fails that iteration and no other`, async () => {
      const result = await runScript(
        `import { EventEmitter } from 'node:events'
         import net from 'node:net'
         import { setTimeout as wait } from 'node:timers/promises'
         const PORT = ${port}
         export const options = { scenarios: {
           bad: { executor: 'per-vu-iterations', vus: 1, iterations: 2, exec: 'bad' },
           good: { executor: 'per-vu-iterations', vus: 2, iterations: 5, exec: 'good' } } }
         export async function bad() { ${code}; await wait(20) }
         export async function good() {
           const socket = net.connect(PORT, '127.0.0.1')
           socket.end('hello')
           let text = ''
           for await (const chunk of socket) text += chunk
           console.log(text)
         }`,
        { flags: ['--shards', '1'] },
      )
      assert.equal(result.exitCode, 0)
      assert.equal(result.errors.length, 2, result.errors.join('\n'))
      for (const error of result.errors) assert.match(error, message)
      assert.deepEqual(result.console, Array(10).fill('hello'))
    })
  }

  it('a call that is refused names the package', async () => {
    const files = packageOf('spawner', { 'index.js': "exports.run = () => require('child_process').spawn('ls')" })
    const script =
      "import { run } from 'spawner'\nexport default () => { try { run() } catch (e) { console.log(e.message) } }"
    const result = await runScript(script, { files })
    assert.match(result.console[0] ?? '', /^child_process\.spawn\(\), called by the package spawner, is not possible/)
  })

  for (const shared of [false, true]) {
    it(`an interval that never ends is named when the iteration is interrupted, ${shared ? 'shared' : 'per VU'}`, async () => {
      const files = packageOf('ticker', { 'index.js': '\nexports.start = () => setInterval(() => {}, 10)' })
      const result = await runScript(
        `import { start } from 'ticker'
         import 'node:net'
         export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, maxDuration: '1s', gracefulStop: '0s' } },
           sharedPackages: [${shared ? "'ticker'" : ''}] }
         export default function () { if (__VU === 1) start(); else console.log('fine') }`,
        { files },
      )
      assert.deepEqual(result.console, ['fine'])
      const told = result.warnings.filter((text) => text.startsWith('setInterval()'))
      assert.equal(told.length, 1, result.warnings.join('\n'))
      assert.match(
        told[0] ?? '',
        /^setInterval\(\), called by the package ticker, at \S*node_modules\/ticker\/index\.js:2:\d+ held an iteration until it was interrupted: end it/,
      )
    })
  }

  it('timers that set themselves again, and one that takes too long, are named when the iteration is interrupted', async () => {
    const files = {
      ...packageOf('chain', { 'index.js': '\nexports.start = function again() { setTimeout(again, 5) }' }),
      ...packageOf('sleeper', { 'index.js': '\nexports.start = () => setTimeout(() => {}, 3_600_000)' }),
    }
    for (const [name, expected] of [
      [
        'chain',
        /^setTimeout\(\), called by the package chain, at \S*index\.js:2:\d+, set again and again by its own callback, held an/,
      ],
      [
        'sleeper',
        /^setTimeout\(\), called by the package sleeper, at \S*index\.js:2:\d+ of 1h0m0s held an iteration until it was/,
      ],
    ] as const) {
      const result = await runScript(
        `import { start } from '${name}'
         import 'node:net'
         export const options = { scenarios: { s: { executor: 'per-vu-iterations', maxDuration: '1s', gracefulStop: '0s' } } }
         export default function () { start() }`,
        { files },
      )
      const told = result.warnings.filter((text) => text.startsWith('setTimeout()'))
      assert.equal(told.length, 1, result.warnings.join('\n'))
      assert.match(told[0] ?? '', expected)
    }
  })

  it('functions of modules of Node and of process cannot be replaced for all VUs; copies of the modules can', async () => {
    const files = packageOf('patcher', {
      'index.js': `
        'use strict'
        const http = require('http')
        http.request = () => 'patched'
        process.nextTick = () => 'patched'
        const own = Object.create(http)
        own.request = () => 'own'
        exports.results = () => [typeof http.request({ port: 1, host: '127.0.0.1' }).on('error', () => {}).end, own.request()]`,
    })
    const result = await runScript(
      `import { results } from 'patcher'
       export const options = { vus: 2, iterations: 2 }
       export default function () { process.nextTick(() => console.log(JSON.stringify(results()))) }`,
      { files, flags: ['--shards', '1'] },
    )
    assert.deepEqual(result.console, ['["function","own"]', '["function","own"]'], result.errors.join('\n'))
    assert.deepEqual(result.warnings.filter((text) => / stays as it is/.test(text)).sort(), [
      'http.request() stays as it is: the package patcher would replace it for all VUs of a shard',
      'process.nextTick() stays as it is: the package patcher would replace it for all VUs of a shard',
    ])
  })

  it('modules that Node had to change itself for are refused by the call, too', async () => {
    const result = await runScript(`
      import inspector from 'node:inspector'
      export default function () { try { inspector.open() } catch (e) { console.log(e.message) } }`)
    assert.match(result.console[0] ?? '', /^inspector\.open\(\) is not possible in a virtual user/)
  })

  it('sleep() in a callback of a socket pauses the VU, as in a callback of a promise', async () => {
    const result = await runScript(`
      import net from 'node:net'
      import { sleep } from 'k6'
      export default function () {
        const socket = net.connect(${port}, '127.0.0.1', () => {
          socket.write('x')
          const start = Date.now()
          sleep(0.05)
          console.log('slept', Date.now() - start >= 50)
        })
        socket.on('data', () => { console.log('data'); socket.destroy() })
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['slept true', 'data'])
  })
})

describe('connections of packages', () => {
  let server: net.Server
  let port: number
  let accepted = 0
  let open = 0

  before(async () => {
    server = net.createServer((socket) => {
      accepted++
      open++
      socket.on('error', () => {})
      socket.on('close', () => open--)
      socket.pipe(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as net.AddressInfo).port
  })
  after(() => server.close())

  it('hold the iteration until they are closed, and are closed with it when they are unreferenced', async () => {
    accepted = 0
    const result = await runScript(`
      import net from 'node:net'
      export const options = { iterations: 2 }
      export default function () {
        net.connect(${port}, '127.0.0.1').unref()
        const held = net.connect(${port}, '127.0.0.1')
        setTimeout(() => held.end(), 30)
        held.on('close', () => console.log('closed'))
        held.resume()
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['closed', 'closed'])
    assert.equal(accepted, 4)
  })

  it('live on between iterations with keepConnections, and their traffic and events are those of later ones', async () => {
    accepted = 0
    const result = await runScript(
      `import net from 'node:net'
       import { once } from 'node:events'
       export const options = { vus: 2, iterations: 20, keepConnections: true }
       let socket
       export default async function () {
         socket ??= net.connect(${port}, '127.0.0.1')
         socket.write(\`\${__ITER}\`)
         const [data] = await once(socket, 'data')
         console.log(data.toString() === \`\${__ITER}\`)
       }`,
      { flags: ['--shards', '1'] },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, Array(20).fill('true'))
    assert.equal(accepted, 2)
  })

  it('can be opened in module scope with keepConnections only', async () => {
    const script = (options: string) => `
      import net from 'node:net'
      import { once } from 'node:events'
      export const options = { vus: 2, iterations: 6, ${options} }
      const socket = net.connect(${port}, '127.0.0.1')
      export default async function () {
        socket.write('x')
        const [data] = await once(socket, 'data')
        console.log(data.toString())
      }`
    accepted = 0
    const kept = await runScript(script('keepConnections: true'))
    assert.equal(kept.exitCode, 0, kept.errors.join('\n'))
    assert.equal(kept.console.join(''), 'xxxxxx')
    assert.equal(accepted, 2)
    const refused = await runScript(script(''))
    assert.equal(refused.exitCode, 107)
    assert.match(refused.errors[0] ?? '', /connections cannot be opened in the init code.*keepConnections: true/)
  })

  it('follow the rules of the test: hosts, blocked names and addresses', async () => {
    const result = await runScript(`
      import net from 'node:net'
      export const options = {
        hosts: { 'server.test': '127.0.0.1:${port}' },
        blockHostnames: ['*.blocked.test'],
        blacklistIPs: ['127.0.0.7/32'],
      }
      export default function () {
        const s = net.connect(80, 'server.test', () => { console.log('open', s.remotePort === ${port}); s.destroy() })
        for (const host of ['a.blocked.test', '127.0.0.7']) net.connect(80, host).on('error', (e) => console.log(e.code))
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual([...result.console].sort(), ['ERR_BLACKLISTED_IP', 'ERR_BLOCKED_HOSTNAME', 'open true'])
  })

  it('are measured as those of k6/x/tcp', async () => {
    const result = await runScript(
      `import net from 'node:net'
       export default function () {
         const s = net.connect(${port}, 'localhost', () => s.end('hello'))
         s.resume()
       }`,
      { samples: true },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    const tcp = result.samples.filter(({ metric }) => metric.startsWith('tcp_'))
    assert.deepEqual(tcp.map(({ metric }) => metric).sort(), [
      'tcp_reads',
      'tcp_socket_connecting',
      'tcp_socket_duration',
      'tcp_socket_resolving',
      'tcp_sockets',
      'tcp_writes',
    ])
    const { tags } = tcp.find(({ metric }) => metric === 'tcp_reads') as (typeof tcp)[number]
    assert.deepEqual([tags['proto'], tags['host'], tags['port']], ['TCP', 'localhost', String(port)])
    const data = (name: string) =>
      result.samples.filter(({ metric }) => metric === name).reduce((sum, { value }) => sum + value, 0)
    assert.deepEqual([data('data_sent'), data('data_received')], [5, 5])
  })

  it('end with an interrupted iteration', async () => {
    const result = await runScript(`
      import net from 'node:net'
      export const options = { scenarios: { s: { executor: 'constant-vus', vus: 3, duration: '1s', gracefulStop: '0s' } } }
      export default () => { net.connect(${port}, '127.0.0.1').resume().on('close', () => console.log('never told')) }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, [])
    while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  })
})
