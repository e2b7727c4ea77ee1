/** Modules over the network, against servers of this machine. Statement MOD-01 of docs/spec/http.md. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runCli } from '../helpers/run-cli.js'
import { runHere } from '../helpers/run-here.js'
import { runScript, type ScriptResult } from '../helpers/run-script.js'

interface File {
  readonly body: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Serves what is in `files`, and counts. */
class ModuleServer {
  readonly files = new Map<string, File>()
  readonly hits: string[] = []
  readonly listener: RequestListener = (request, response) => {
    const path = request.url as string
    this.hits.push(path)
    const { body, status = 200, headers = {} } = this.files.get(path) ?? { body: 'no', status: 404 }
    const isKnown = headers['etag'] !== undefined && request.headers['if-none-match'] === headers['etag']
    response.writeHead(isKnown ? 304 : status, { 'content-type': 'text/javascript', ...headers })
    response.end(isKnown ? undefined : body)
  }

  serve(path: string, body: string, rest: Omit<File, 'body'> = {}): void {
    this.files.set(path, { body, ...rest })
  }

  reset(): void {
    this.files.clear()
    this.hits.length = 0
  }
}

/** `deps` is the command of a process only. */
const command = (name: string | undefined) => (name === 'deps' ? runCli : runHere)

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('modules over the network', () => {
  const modules = new ModuleServer()
  let server: Server
  let base: string
  let cache: string
  before(async () => {
    server = createServer(modules.listener)
    base = `http://127.0.0.1:${await listen(server)}`
    cache = await mkdtemp(join(tmpdir(), 'sockeye-cache-'))
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await rm(cache, { recursive: true, force: true })
  })

  const run = (
    script: string,
    { flags = [], ...options }: Parameters<typeof runScript>[1] = {},
  ): Promise<ScriptResult> => {
    const all = ['--allow-http-modules', '--module-cache', cache, ...flags]
    return runScript(script, { name: 'script.js', ...options, flags: all })
  }

  it('MOD-01 are fetched once, with what they import by relative path, by URL and through redirects', async () => {
    modules.reset()
    modules.serve(
      '/lib/a.js',
      `import { b } from './deep/b.js'; import { c } from '/c.js?v=2'; export const a = 'a' + b + c`,
    )
    modules.serve('/lib/deep/b.js', `import { n } from '../../latest/n.js'; export const b = 'b' + n()`)
    modules.serve('/c.js?v=2', `import { n } from '${base}/latest/n.js'; export const c = 'c' + n()`)
    modules.serve('/latest/n.js', '', { status: 302, headers: { location: '/v1/n.js' } })
    modules.serve('/v1/n.js', `import { step } from './step.js'; let count = 0; export const n = () => (count += step)`)
    modules.serve('/v1/step.js', 'export const step = 1')
    const result = await run(
      `import { a } from '${base}/lib/a.js'
      import { sleep } from 'k6'
      export const options = { vus: 2, iterations: 2 }
      export default function () { console.log(a); sleep(0.1) }`,
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['ab1c2', 'ab1c2'], 'one instance for each virtual user')
    assert.deepEqual(
      [...modules.hits].sort(),
      ['/c.js?v=2', '/lib/a.js', '/lib/deep/b.js', '/latest/n.js', '/v1/n.js', '/v1/step.js'].sort(),
    )
  })

  it('may import built-in modules, pause, and be TypeScript; require() takes them, too', async () => {
    modules.reset()
    modules.serve(
      '/pause.ts',
      `import { sleep } from 'k6'; export function pause(s: number): string { sleep(s); return 'paused' }`,
    )
    modules.serve('/old.js', `exports.name = 'old'`)
    const result = await run(
      `import { pause } from '${base}/pause.ts'
      const { name } = require('${base}/old.js')
      export default function () { console.log(pause(0.01), name) }`,
    )
    assert.deepEqual(result.console, ['paused old'])
  })

  it('may be the script itself: the URL that is given to run, inspect and deps', async () => {
    modules.reset()
    modules.serve(
      '/main.ts',
      `import { sleep } from 'k6'
      import { word } from './word.js'
      export const options: object = { vus: 1, iterations: 2 }
      export function setup(): string { return word }
      export default function (data: string): void { sleep(0.01); console.log(data) }`,
    )
    modules.serve('/word.js', `export const word = 'fetched'`)
    modules.serve(
      '/named.js',
      `export const options = { scenarios: { s: { executor: 'shared-iterations', exec: 'go' } } }
      export function go() { throw new Error('gone') }`,
    )
    const cli = (...args: string[]) =>
      command(args[0])([...args.slice(0, -1), '--allow-http-modules', '--module-cache', cache, base + args.at(-1)])
    const run = await cli('run', '-q', '--log-format', 'raw', '/main.ts')
    assert.deepEqual([run.exitCode, run.stderr], [0, 'fetched\nfetched\n'])
    assert.equal(JSON.parse((await cli('inspect', '/main.ts')).stdout).vus, 1)
    assert.match((await cli('deps', '/main.ts')).stdout, /word\.js/)
    const named = await cli('run', '-q', '/named.js')
    assert.match(named.stderr, new RegExp(`Error: gone.*at go \\(${base}/named.js:2:`))
    const missing = await cli('run', '-q', '/missing.js')
    assert.equal(missing.exitCode, 107)
    assert.match(missing.stderr, /not found: .*missing\.js/)
    const refused = await runHere(['run', '-q', `${base}/main.ts`])
    assert.equal(refused.exitCode, 107)
    assert.match(refused.stderr, /only supported schemes for imports are file and https/)
  })

  it('errors in them name their URL and line', async () => {
    modules.reset()
    modules.serve('/throws.js', `export function boom() {\n  throw new Error('boom')\n}`)
    const result = await run(`import { boom } from '${base}/throws.js'\nexport default boom`)
    assert.match(result.errors[0] as string, new RegExp(`Error: boom\\n\\tat boom \\(${base}/throws.js:2:9\\)`))
  })

  it('errors of loading show the modules by their URLs, and nothing of what stands for a script from the network', async () => {
    modules.reset()
    modules.serve('/broken.js', 'export const x = {\n  a: 1,,\n}')
    modules.serve('/imports.js', `import './broken.js'; export default () => {}`)
    modules.serve('/lacks.js', `import './none.js'; export default () => {}`)
    const load = (path: string) => runHere(['run', '--allow-http-modules', '--module-cache', cache, `${base}${path}`])
    const broken = await load('/imports.js')
    assert.ok(broken.stderr.includes(`\n    ${base}/broken.js:2:7:\n`), broken.stderr)
    const lacks = await load('/lacks.js')
    assert.ok(lacks.stderr.includes(`\n    ${base}/lacks.js:1:7:\n`), lacks.stderr)
    const missing = await load('/missing.js')
    assert.match(missing.stderr, /not found: /)
    assert.doesNotMatch(missing.stderr, /network/)
    assert.deepEqual([broken.exitCode, lacks.exitCode, missing.exitCode], [107, 107, 107])
  })

  it('an answer is asked for again unless its max-age says that it need not, and only changes are sent', async () => {
    modules.reset()
    const script = `import { v } from '${base}/tagged.js'; import { w } from '${base}/aged.js'; export default function () { console.log(v + w) }`
    modules.serve('/tagged.js', 'export const v = 1', { headers: { etag: '"1"' } })
    modules.serve('/aged.js', 'export const w = 1', { headers: { 'cache-control': 'public, max-age=600' } })
    assert.deepEqual((await run(script)).console, ['2'])
    assert.deepEqual((await run(script)).console, ['2'])
    assert.deepEqual([...modules.hits].sort(), ['/aged.js', '/tagged.js', '/tagged.js'])
    modules.serve('/tagged.js', 'export const v = 2', { headers: { etag: '"2"' } })
    assert.deepEqual((await run(script)).console, ['3'])
  })

  it('without a network the copy in the cache is used, and the log says so', async () => {
    const other = createServer(modules.listener)
    modules.reset()
    modules.serve('/kept.js', `export const kept = 'kept'`)
    const url = `http://127.0.0.1:${await listen(other)}/kept.js`
    const script = `import { kept } from '${url}'; export default function () { console.log(kept) }`
    assert.deepEqual((await run(script)).console, ['kept'])
    other.close()
    other.closeAllConnections()
    const offline = await run(script)
    assert.deepEqual(offline.console, ['kept'])
    assert.match(
      offline.warnings[0] as string,
      /^the copy of http:\S+\/kept\.js in the cache is used: it cannot be fetched: .*connection refused/,
    )
    const never = await run(script, { flags: ['--module-cache', ''] })
    assert.equal(never.exitCode, 107)
    assert.match(never.errors[0] as string, /couldn't be retrieved from the resolved url .*connection refused/)
    assert.match(never.errors[0] as string, /install the package with npm/)
  })

  it('MOD-01 what cannot be loaded stops with exit 107 and says why', async () => {
    modules.reset()
    modules.serve('/page.js', '<!DOCTYPE html><p>Sign in', { headers: { 'content-type': 'text/html; charset=utf-8' } })
    modules.serve('/syntax.js', 'export const = 1')
    modules.serve('/bare.js', `import _ from 'lodash'; export default _`)
    modules.serve('/local.js', `import x from 'file:///etc/hostname'; export default x`)
    modules.serve('/busy.js', 'busy', { status: 503 })
    modules.serve('/loop.js', '', { status: 302, headers: { location: '/loop.js' } })
    modules.serve('/secure.js', '', { status: 302, headers: { location: 'ftp://127.0.0.1/x.js' } })
    const retrieved = (path: string, reason: string): string =>
      `The moduleSpecifier "${base}${path}" couldn't be retrieved from the resolved url "${base}${path}". Error : "${reason}"`
    const texts: Record<string, string> = {
      '/missing.js': retrieved('/missing.js', `not found: ${base}/missing.js`),
      '/busy.js': retrieved('/busy.js', 'the server answered 503 Service Unavailable'),
      '/loop.js': retrieved('/loop.js', 'more than 10 redirects'),
      '/secure.js': retrieved('/secure.js', 'only https is allowed, not "ftp://127.0.0.1/x.js", where it leads'),
      '/page.js': `"${base}/page.js" is not JavaScript: the server says text/html; charset=utf-8`,
      '/syntax.js': 'Expected identifier but found "="',
      '/bare.js': `The moduleSpecifier "lodash" couldn't be recognised as something k6 supports.`,
      '/local.js': `origin (${base}/local.js) not allowed to load local file: file:///etc/hostname`,
    }
    for (const [path, text] of Object.entries(texts)) {
      const { exitCode, errors } = await run(
        `import * as x from '${base}${path}'\nexport default function () { console.log(x) }`,
      )
      assert.equal(exitCode, 107, path)
      assert.ok(errors[0]?.includes(text), `${errors[0]} should say ${text}`)
    }
  })

  it('only https, unless told otherwise', async () => {
    const { exitCode, errors } = await runScript(`import '${base}/a.js'\nexport default function () {}`, {
      name: 'script.js',
    })
    assert.equal(exitCode, 107)
    assert.ok(errors[0]?.includes(`only supported schemes for imports are file and https, ${base}/a.js has \`http\``))
    assert.ok(errors[0]?.includes('--allow-http-modules'))
  })

  it('a lock file holds them to what they were', async () => {
    modules.reset()
    const folder = await mkdtemp(join(tmpdir(), 'sockeye-lock-'))
    try {
      await writeFile(
        join(folder, 'script.js'),
        `import { v } from '${base}/locked.js'\nexport default function () { console.log(v) }`,
      )
      const cli = (...args: string[]) =>
        command(args[0])([...args, '--allow-http-modules', '--module-cache', cache, join(folder, 'script.js')])
      modules.serve('/locked.js', 'export const v = 1')
      const locked = await cli('deps', '--lock')
      assert.equal(locked.exitCode, 0, locked.stderr)
      assert.match(locked.stdout, /From the network\n {2}http/)
      const { modules: hashes } = JSON.parse(await readFile(join(folder, 'sockeye-lock.json'), 'utf8'))
      assert.match(hashes[`${base}/locked.js`], /^sha256-[\w+/]{43}=$/)

      modules.hits.length = 0
      assert.match((await cli('run')).stderr, /msg=1 source=console/)
      assert.deepEqual(modules.hits, [], 'the cache has what the lock wants')

      modules.serve('/locked.js', 'export const v = 2')
      const changed = await runHere(['run', '--allow-http-modules', '--module-cache', '', join(folder, 'script.js')])
      assert.equal(changed.exitCode, 107)
      assert.match(changed.stderr, /its content has changed: it is sha256-.*sockeye deps --lock/)
      assert.equal((await cli('deps', '--lock')).exitCode, 0)
      assert.match((await cli('run')).stderr, /msg=2 source=console/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('archives have them', async () => {
    modules.reset()
    modules.serve('/archived.js', `export const v = 'from the archive'`)
    const folder = await mkdtemp(join(tmpdir(), 'sockeye-archived-'))
    try {
      const [script, out] = [join(folder, 'script.js'), join(folder, 'test.tar')]
      await writeFile(script, `import { v } from '${base}/archived.js'\nexport default function () { console.log(v) }`)
      const made = await runHere(['archive', '--allow-http-modules', '--module-cache', '', '-O', out, script])
      assert.equal(made.exitCode, 0, made.stderr)
      assert.ok((await readFile(out)).includes(`http/127.0.0.1:${new URL(base).port}/archived.js`))
      modules.hits.length = 0
      assert.match((await runHere(['run', out])).stderr, /msg="from the archive"/)
      assert.deepEqual(modules.hits, [])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('modules over https', () => {
  const modules = new ModuleServer()
  let server: ReturnType<typeof createSecureServer>
  let port: number
  const pem = (name: string) => join(process.cwd(), 'test', 'fixtures', 'tls', name)
  before(async () => {
    const [key, cert] = await Promise.all([readFile(pem('server.key')), readFile(pem('server.pem'))])
    server = createSecureServer({ key, cert }, modules.listener)
    port = await listen(server as unknown as Server)
    modules.serve('/m.js', `export const m = 'over TLS'`)
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const script = (host: string) =>
    `import { m } from 'https://${host}:${port}/m.js'\nexport default function () { console.log(m) }`

  for (const variable of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
    it(`MOD-01 trusts what ${variable} names`, async () => {
      const options = { files: { 'script.js': script('localhost') }, env: { [variable]: pem('ca.pem') } }
      const { stderr } = await runCli(['run', '--quiet', 'script.js'], options)
      assert.match(stderr, /msg="over TLS"/)
    })
  }

  it('MOD-01 a certificate that nobody vouches for is an error, whatever the options say', async () => {
    const { exitCode, stderr } = await runHere(['run', '--insecure-skip-tls-verify', 'script.js'], {
      files: { 'script.js': script('localhost') },
    })
    assert.equal(exitCode, 107)
    assert.match(stderr, /couldn't be retrieved .*x509: certificate signed by unknown authority/)
  })

  it('goes through the proxy of the environment', async () => {
    const asked: string[] = []
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url as string)
      const target = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        target.pipe(socket).pipe(target)
      })
      for (const end of [target, socket]) end.on('error', () => undefined)
    })
    const proxyPort = await listen(proxy)
    const { stderr } = await runCli(['run', '--quiet', 'script.js'], {
      // Loopback is never proxied.
      files: { 'script.js': script('modules.sock.test') },
      env: { SSL_CERT_FILE: pem('ca.pem'), HTTPS_PROXY: `http://127.0.0.1:${proxyPort}` },
    })
    proxy.close()
    proxy.closeAllConnections()
    assert.deepEqual(asked, [`modules.sock.test:${port}`])
    assert.match(stderr, /msg="over TLS"/)
  })
})

describe('helpers that come with sockeye', () => {
  const everything = `
    import { randomIntBetween, randomString, uuidv4, randomItem, findBetween, normalDistributionStages } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js'
    import { textSummary, jUnit, humanizeValue } from 'https://jslib.k6.io/k6-summary/0.0.2/index.js'
    import chai, { describe, expect } from 'https://jslib.k6.io/k6chaijs/4.3.4.3/index.js'
    import papaparse from 'https://jslib.k6.io/papaparse/5.1.1/index.js'
    import { URL } from 'https://jslib.k6.io/url/1.0.0/index.js'
    import { Httpx, Get } from 'https://jslib.k6.io/httpx/0.1.0/index.js'
    import { FormData } from 'https://jslib.k6.io/formdata/0.0.2/index.js'
    import { htmlReport } from 'https://raw.githubusercontent.com/benc-uk/k6-reporter/main/dist/bundle.js'
    export default function () {
      console.log([randomIntBetween, textSummary, jUnit, expect, describe, papaparse.parse, URL, Httpx, Get, FormData, htmlReport].map((f) => typeof f).join())
    }`

  it('stand in for their URLs, in any version, with --bundled-jslib, and the log says so', async () => {
    const { console, log, exitCode } = await runScript(everything, { name: 'script.js', flags: ['--bundled-jslib'] })
    assert.equal(exitCode, 0)
    assert.deepEqual(console, [Array(11).fill('function').join()])
    const notices = log.filter(({ msg }) => msg.includes('stands in for'))
    assert.equal(notices.length, 8)
    assert.equal(
      notices[0]?.msg.replace(/"sockeye\/\S+/, '"…"').replace(/https:[^,]+/, '…'),
      `sockeye's own "…" stands in for …, as --bundled-jslib asks for`,
    )
  })

  it('stand in when the network fails; a proxy that never answers holds the start for seconds, not for minutes', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined))
    const port = await listen(silent as unknown as Server)
    const startedAt = Date.now()
    const { stderr, exitCode } = await runCli(['run', '--quiet', 'script.js'], {
      files: { 'script.js': everything },
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    })
    silent.close()
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /level=warning msg=.*sockeye\/utils.* stands in for .*, because it cannot be fetched: /)
    assert.ok(Date.now() - startedAt < 25_000)
  })

  it('errors in them name the helper and its line, not where sockeye is installed', async () => {
    const script = `import { randomItem } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js'
      export default () => randomItem(null)`
    // As it is installed: in the build for tests helpers have source maps of their own.
    const { stderr } = await runCli(['run', '--quiet', '--bundled-jslib', '--log-format', 'raw', 'script.js'], {
      files: { 'script.js': script },
    })
    assert.match(stderr, /\n\tat randomItem \(sockeye\/utils:\d+:\d+\)\n\tat default \(script\.js:2:\d+\)/)
  })

  it('are named, with the URL that they stand in for, when they lack what a script imports', async () => {
    const script = `import { randomItems } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js'
      export default () => randomItems([])`
    const flags = ['run', '--quiet', '--bundled-jslib', '--log-format', 'raw', 'script.js']
    const { stderr, exitCode } = await runCli(flags, { files: { 'script.js': script } })
    assert.equal(exitCode, 107)
    assert.match(stderr, /^No matching export in "sockeye\/utils" for import "randomItems"\n/)
    assert.match(
      stderr,
      /\n {2}sockeye's own "sockeye\/utils" stands in for https:\/\/jslib\.k6\.io\/k6-utils\/1\.4\.0\/index\.js, as --bundled/,
    )
    assert.doesNotMatch(stderr, /utils\.[jt]s/)
  })

  it('have names of their own, and a slip in one is an error', async () => {
    const { console } = await runScript(
      `import { uuidv4 } from 'sockeye/utils'\nexport default function () { console.log(uuidv4().length) }`,
    )
    assert.deepEqual(console, ['36'])
    const { errors, exitCode } = await runScript(
      `import x from 'sockeye/util'\nexport default function () { console.log(x) }`,
    )
    assert.equal(exitCode, 107)
    assert.match(errors[0] as string, /unknown module "sockeye\/util"; did you mean "sockeye\/utils"\?/)
  })
})
