// npm run fuzz -- PARSER --minutes N [--seed S]: throws mutated inputs at one parser, or at `all` in turn.
//
//   frames handshake http proxies flags configuration archives thresholds compiler
//
// Everything random comes from the seed, which is printed: the same seed and build give the same inputs. A finding is an error that is not
// one of ours (TypeError, RangeError …), or an input that takes longer than a second. It is printed as base64 with its seed; exit code 1.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from './lib.mjs'

const SLOW_MS = 1000
/** What is read by whole pieces, whatever chunks it comes in. */
const PIECES = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, 'no-build': { type: 'boolean' } },
})
if (!values['no-build']) spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), 'test'], { stdio: 'inherit' })

const load = (path) => import(pathToFileURL(join(root, 'build', 'src', path)).href)

/** By name: texts or bytes to begin with, and what is done with one. */
const PARSERS = {
  frames: async () => {
    const { FrameReader } = await load('net/websocket/frame-reader.js')
    const sink = { onText() {}, onBinary() {}, onControl() {}, onViolation() {} }
    const options = { maxMessageBytes: 1 << 20, strictUtf8: true, compression: null }
    return {
      seeds: [
        '\x81\x05hello',
        `\x82\x7e\x01\x00${'x'.repeat(256)}`,
        '\x88\x02\x03\xe8',
        '\x01\x01a\x89\x00\x80\x01b',
        '\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00',
      ],
      run(bytes, random) {
        const compression = random() < 0.5 ? null : { serverKeepsContext: false, clientKeepsContext: false }
        const reader = new FrameReader(sink, { ...options, compression, strictUtf8: random() < 0.5 })
        for (const piece of pieces(bytes, random)) reader.read(piece, 0, Number.POSITIVE_INFINITY)
      },
    }
  },
  handshake: async () => {
    const { ResponseParser } = await load('net/websocket/response-parser.js')
    const head =
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n'
    return {
      seeds: [
        head,
        `HTTP/1.1 100 Continue\r\n\r\n${head}`,
        'HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nabc',
        'HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      ],
      run(bytes, random) {
        const parser = new ResponseParser()
        for (const piece of pieces(bytes, random)) if (parser.response === null) parser.push(piece)
      },
    }
  },
  http: async () => {
    const { ResponseParser } = await load('net/http/response-parser.js')
    return {
      seeds: [
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\nhello',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n',
        'HTTP/1.0 200\r\n\r\nuntil the end',
        'HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 No\r\n\r\n',
      ],
      run(bytes, random) {
        const parser = new ResponseParser({ onHead() {}, onBody() {} })
        parser.begin(random() < 0.1)
        for (const piece of pieces(bytes, random)) if (parser.push(piece)) return
        parser.end()
      },
    }
  },
  proxies: async () => {
    const { proxyFor } = await load('net/proxy.js')
    const url = new URL('http://target.example:81/')
    return {
      seeds: [
        'http://user:pass@proxy:3128',
        'socks5://proxy',
        'proxy:3128',
        'socks5h://[::1]:1080',
        '10.0.0.0/8,.example.com,*,host:80',
      ],
      run: (bytes) =>
        proxyFor(url, { HTTP_PROXY: `${bytes}` }) ?? proxyFor(url, { HTTP_PROXY: 'http://p', NO_PROXY: `${bytes}` }),
    }
  },
  flags: async () => {
    const { parseFlags } = await load('cli/parse-flags.js')
    return {
      seeds: [
        '--vus 10 --duration 30s s.js',
        '-u 5 -i 10 --stage 10s:5,1m:20 s.ts',
        '-e A=b --tag c=d --out json=x.json s.js',
        '--execution-segment 0:1/3 --execution-segment-sequence 0,1/3,1 s.js',
      ],
      run: (bytes) => parseFlags(`${bytes}`.split(' ')),
    }
  },
  configuration: async () => {
    const { parseConfigFile } = await load('config/config-file.js')
    const { consolidate } = await load('config/consolidate.js')
    return {
      seeds: [
        '{"vus":10,"duration":"30s","thresholds":{"http_reqs":["count>1"]}}',
        '{"scenarios":{"a":{"executor":"ramping-arrival-rate","startRate":1,"timeUnit":"1s","preAllocatedVUs":2,"stages":[{"duration":"5s","target":10}]}}}',
        '{"tags":{"a":"b"},"hosts":{"a":"127.0.0.1"},"dns":{"ttl":"5m"},"tlsVersion":{"min":"tls1.2"},"out":["json"]}',
        '{"stages":[{"duration":"1m","target":5}],"batch":20,"systemTags":["vu"]}',
      ],
      run(bytes) {
        const file = parseConfigFile('config.json', `${bytes}`)
        consolidate({
          file,
          script: {},
          env: {},
          flags: {},
          flagPlaces: {},
          exports: ['default'],
          onlyScenario: undefined,
          defaultUserAgent: 'x',
        })
      },
    }
  },
  archives: async () => {
    const { readArchive, writeArchive } = await load('script/archive.js')
    const metadata = {
      type: 'js',
      options: { vus: 1 },
      filename: 'file:///s.js',
      pwd: 'file:///',
      env: { A: 'b' },
      compatibilityMode: 'base',
      k6version: '2',
      goos: 'linux',
      dependencies: {},
    }
    const main = Buffer.from('export default () => {}')
    const files = new Map([
      ['file:///s.js', main],
      ['file:///data.txt', Buffer.from('data')],
    ])
    const program = { code: 'export default () => {}', map: '{}', isCommonJs: false }
    return {
      seeds: [
        await writeArchive({ metadata, main, files, program }, new Date(0)),
        await writeArchive({ metadata, main, files, program: undefined }, new Date(0)),
      ],
      run: (bytes) => readArchive('x.tar', bytes),
    }
  },
  thresholds: async () => {
    const { parseThresholds } = await load('threshold/parse.js')
    return {
      seeds: ['p(95)<200', 'avg>=1.5', 'rate==1', 'count>0', 'p(99.9) < 1e3', 'med!=0'],
      run: (bytes) =>
        parseThresholds({
          [`m{a:${bytes}}`]: [`${bytes}`],
          x: [{ threshold: `${bytes}`, abortOnFail: true, delayAbortEval: `${bytes}` }],
        }),
    }
  },
  compiler: async () => {
    const { compileScript } = await load('script/compile.js')
    const { blockingFunctions, callingFunctions } = await load('modules/catalog.js')
    const { transform } = await import('esbuild')
    const options = {
      worldNames: [],
      blocking: blockingFunctions(),
      callers: callingFunctions(),
      hasWrittenConstants: false,
    }
    return {
      seeds: [
        `import { sleep } from 'k6'\nexport default function () { for (let i = 0; i < 3; i++) { try { sleep(1) } finally { f(() => sleep(i)) } } }\nfunction f(g) { return g?.() ?? 1 }`,
        `import ws from 'k6/ws'\nclass A { #x = 1; get y() { return this.#x } static async *z() { yield* [1] } }\nexport default async function () { for await (const v of A.z()) { switch (v) { case 1: break; default: ws.connect('a', (s) => s.close()) } } }`,
        'import { sleep } from "k6"\nlabel: for (const [a, { b = sleep(1), ...c }] of []) { if (a) continue label; else break }\nexport const options = { vus: 1 }\nexport default (a = sleep(1), ...b) => ({ ...a, [sleep(2)]: sleep(1) + 1 })',
      ],
      async run(bytes) {
        // What the bundler refuses never comes to the compiler.
        const parsed = await transform(`${bytes}`, { format: 'esm', logLevel: 'silent' }).catch(() => undefined)
        if (parsed !== undefined)
          await compileScript('s.js', parsed.code, '{"version":3,"sources":[],"names":[],"mappings":""}', options)
      },
    }
  },
}

/** Whole numbers from a seed (mulberry32), as 0 … 1. */
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const INTERESTING = [
  '\0',
  '\xff',
  '\r\n',
  '\r\n\r\n',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '0',
  '-1',
  '1e999',
  '9999999999999999999',
  '%00',
  '\u2028',
  '__proto__',
  'constructor',
  ' ',
  '',
]

function mutate(seeds, random) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  let bytes = Buffer.from(pick(seeds))
  for (let n = 1 + Math.floor(random() * 6); n > 0; n--) {
    const at = Math.floor(random() * (bytes.length + 1))
    const to = Math.min(bytes.length, at + Math.floor(random() ** 3 * 40))
    const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
    const other = pick(seeds)
    const insert = [
      () => Buffer.from(pick(INTERESTING), 'latin1'),
      () => Buffer.from([Math.floor(random() * 256)]),
      () => Buffer.concat([middle, middle]),
      () => Buffer.concat(Array(1 + Math.floor(random() ** 4 * 500)).fill(middle)),
      () => Buffer.from(other).subarray(Math.floor(random() * other.length)),
    ]
    bytes = Buffer.concat([before, pick(insert)(), after])
  }
  return bytes.subarray(0, 1 << 20)
}

function* pieces(bytes, random) {
  let from = 0
  for (let n = Math.floor(random() * PIECES); n > 0 && from < bytes.length; n--) {
    const to = from + Math.floor(random() * (bytes.length - from))
    yield bytes.subarray(from, to)
    from = to
  }
  yield bytes.subarray(from)
}

/** Errors that our parsers throw on purpose have a code, or are of a class of ours. */
const isOurs = (error) =>
  error instanceof Error &&
  (error.code !== undefined ||
    error.constructor.name !== error.name ||
    ['SyntaxError', 'Error'].includes(error.name)) &&
  !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)

async function fuzz(name, minutes, seed) {
  const { seeds, run } = await PARSERS[name]()
  const random = randomOf(seed)
  const binary = seeds.map((text) =>
    Buffer.from(text, typeof text === 'string' && name === 'frames' ? 'latin1' : 'utf8'),
  )
  const end = performance.now() + minutes * 60_000
  let inputs = 0
  let findings = 0
  for (; performance.now() < end && findings < 10; inputs++) {
    const bytes = mutate(binary, random)
    const cpu = process.cpuUsage()
    let finding
    try {
      await run(bytes, random)
    } catch (error) {
      if (!isOurs(error)) finding = error?.stack ?? String(error)
    }
    const used = process.cpuUsage(cpu).user / 1000
    if (used > SLOW_MS) finding ??= `took ${Math.round(used)} ms of processor time`
    if (finding === undefined) continue
    findings++
    console.log(
      `${name}, seed ${seed}, input ${inputs}: ${finding}\n  base64 ${bytes.toString('base64').slice(0, 4000)}`,
    )
  }
  console.log(`${name}: ${inputs} inputs in ${minutes} min with seed ${seed}, ${findings} findings`)
  return findings
}

const [wanted = 'all'] = positionals
const names = wanted === 'all' ? Object.keys(PARSERS) : [wanted]
if (names.some((name) => !Object.hasOwn(PARSERS, name))) {
  console.error(`no parser is called ${wanted}: name one of all, ${Object.keys(PARSERS).join(', ')}`)
  process.exit(2)
}
let findings = 0
for (const name of names)
  findings += await fuzz(name, Number(values.minutes), Number(values.seed ?? Date.now() % 2 ** 32))
process.exit(findings > 0 ? 1 : 0)
