// The parsers that the fuzzer tests: all that read what others have written (targets, proxies, agents, files, users).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../lib.mjs'

/** Inputs are divided into at most this many pieces, like chunks from a network. */
const PIECES = 3

const load = (path) => import(pathToFileURL(join(root, 'build', 'src', path)).href)

/** For each parser, valid inputs (`seeds`) that are changed at random, and how to parse one. */
export const PARSERS = {
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
      ].map(latin1),
      run(bytes, random) {
        const compression = random() < 0.5 ? null : { serverKeepsContext: false, clientKeepsContext: false }
        const reader = new FrameReader(sink, { ...options, compression, strictUtf8: random() < 0.5 })
        for (const piece of pieces(bytes, random)) reader.read(piece, 0, Number.POSITIVE_INFINITY)
      },
    }
  },
  handshake: async () => {
    const { HandshakeParser } = await load('net/websocket/handshake-parser.js')
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
        const parser = new HandshakeParser()
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
        // The compiler never gets what the bundler refuses.
        const parsed = await transform(`${bytes}`, { format: 'esm', logLevel: 'silent' }).catch(() => undefined)
        if (parsed !== undefined)
          await compileScript('s.js', parsed.code, '{"version":3,"sources":[],"names":[],"mappings":""}', options)
      },
    }
  },
  grpc: async () => {
    const { MessageReader } = await load('net/grpc/message-reader.js')
    return {
      seeds: ['\0\0\0\0\x05hello', '\0\0\0\0\0\0\0\0\0\x01a', `\0\0\0\x01\0${'x'.repeat(256)}`, '\x01\0\0\0\x01a'].map(
        latin1,
      ),
      run(bytes, random) {
        const reader = new MessageReader(1 << 20, () => {})
        for (const piece of pieces(bytes, random)) reader.push(piece)
      },
    }
  },
  paths: async () => {
    const { select } = await load('modules/k6-http/json-path.js')
    const friends = [
      { first: 'Dale', age: 44 },
      { first: 'Roger', age: 68 },
    ]
    const document = { friends, 'a.b': { c: [1, [2, 3]] }, nothing: null }
    return {
      seeds: [
        'friends.#(age>40)#.first',
        'a\\.b.c.1.0|@reverse',
        '{name,n:friends.#}',
        '[friends.0,"x".y]',
        'fri*.1.fir?t',
        '@pretty:{"indent":"  "}|friends.@join',
        'friends.#(first%"D*").age',
        '!"literal"',
      ],
      run: (bytes) => select(document, `${bytes}`),
    }
  },
  csv: async () => {
    const { CsvReader } = await load('modules/k6-experimental/csv-reader.js')
    return {
      seeds: ['a,b\n1,2\n', '\ufeff"a ""b""",c\r\n"x\ny",z\r\n', 'a;b;c\n\n\n1;2;3', '"unclosed,b\n'],
      run(bytes, random) {
        const reader = new CsvReader(`${bytes}`, random() < 0.8 ? ',' : ';')
        while (reader.next() !== undefined);
      },
    }
  },
  results: async () => {
    const { parseResult } = await load('report/result-file.js')
    const { atOnce } = await load('base/turns.js')
    const { pageDataWork } = await load('report/page-data.js')
    const { compare } = await load('report/compare.js')
    const { mergeResults } = await load('run/merge-results.js')
    const seed = JSON.stringify(RESULT)
    const other = parseResult(Buffer.from(seed), 'other.json')
    return {
      seeds: [seed],
      run(bytes) {
        const file = parseResult(bytes, 'x.json')
        atOnce(pageDataWork(file))
        const named = { path: 'x.json', file }
        compare({ path: 'other.json', file: other }, named)
        mergeResults([named])
      },
    }
  },
  messages: async () => {
    const { decodeHail, encodeHail, toInstance, fromInstance, pings, pongs } = await load('cluster/message-codec.js')
    const { decodeReport } = await load('engine/report-codec.js')
    const { decodeSamples } = await load('metrics/sample-codec.js')
    const card = { id: 'a', name: 'b', labels: { c: 'd' }, cores: 2, memory: 1e9, descriptors: null, protocol: 1 }
    const decoders = [
      ...[decodeHail, decodeReport, decodeSamples],
      ...[toInstance, fromInstance, pings, pongs].map((codec) => codec.decode),
    ]
    return {
      seeds: [
        encodeHail({ type: 'claim', replyTo: 'r', link: 'l', protocol: 1 }),
        encodeHail({ type: 'here', card: { ...card, version: '1', node: '1', platform: 'l', architecture: 'x' } }),
        toInstance.encode({ type: 'start', at: 1.5, setupData: '{"a":1}', setupFile: undefined }),
        toInstance.encode({ type: 'init', task: { file: 'f', segment: '0:1', shards: 2, resumed: [] } }),
        fromInstance.encode({ type: 'report', part: 0, report: new Uint8Array(99), standing: { isComplete: true } }),
        fromInstance.encode({ type: 'part lost', part: '0', reason: 'r', goesOn: true }),
        pings.encode({ type: 'ping', number: 1 }),
        pongs.encode({ type: 'pong', number: 1, receivedAt: 1, sentAt: 2, standing: undefined }),
        Buffer.from(RESULT.totals, 'base64'),
      ],
      run(bytes) {
        for (const decode of decoders) {
          try {
            decode(bytes)
          } catch (error) {
            // Decoders throw RangeError on purpose, and callers expect nothing else.
            if (!(error instanceof RangeError)) throw error
          }
        }
      },
    }
  },
}

/** A result file with a metric of each type. */
const RESULT = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'result.json'), 'utf8'))

const latin1 = (text) => Buffer.from(text, 'latin1')

function* pieces(bytes, random) {
  let from = 0
  for (let n = Math.floor(random() * PIECES); n > 0 && from < bytes.length; n--) {
    const to = from + Math.floor(random() * (bytes.length - from))
    yield bytes.subarray(from, to)
    from = to
  }
  yield bytes.subarray(from)
}
