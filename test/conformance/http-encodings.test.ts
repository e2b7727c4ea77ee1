/** k6/http: content codings (statements HTTP-42 to HTTP-45). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib'
import { zstdCompress } from '../../src/net/http/zstd.js'
import { rawServer, reply, runHttp } from './http-support.js'

/** `{"a":1}` as the zstd tool compresses it. */
const ZSTD = Buffer.from('28b52ffd04583900007b2261223a317dd5b6c0b9', 'hex')

describe('k6/http: content codings of responses', () => {
  it('HTTP-42 decodes gzip, deflate, br, zstd and lists of them, and leaves other names alone', async () => {
    const text = '{"a":1}'
    const answers: [string, Buffer][] = [
      ['gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['br', brotliCompressSync(text)],
      ['zstd', Buffer.from(zstdCompress(Buffer.from(text)))],
      ['gzip, br', brotliCompressSync(gzipSync(text))],
      ['gzip,deflate', deflateSync(gzipSync(text))],
      ['GZIP', Buffer.from('as it is')],
      ['identity', Buffer.from('as it is')],
      ['compress', Buffer.from('as it is')],
      ['gzip', gzipSync('long '.repeat(500_000))],
    ]
    await using server = await rawServer((_request, _socket, count) => {
      const [coding, bytes] = answers[count - 1]!
      return reply(bytes, `Content-Encoding: ${coding}\r\n`)
    })
    const { console } = await runHttp(
      `for (let i = 0; i < ${answers.length}; i++) {
        const r = http.get(url)
        log(r.headers['Content-Encoding'], r.body.length > 100 ? r.body.length : r.body, r.error)
      }`,
      server,
    )
    assert.deepEqual(
      console.map((line) => line.trim()),
      answers.map(([coding], i) => `${coding} ${i < 6 ? text : i < 9 ? 'as it is' : 2_500_000}`),
    )
  })

  it('HTTP-43 fails for corrupt data, keeps what could be decoded of short data, and decodes nothing for none', async () => {
    const whole = gzipSync('start '.repeat(50_000))
    await using server = await rawServer((request) => {
      if (request.includes('/short')) return reply(whole.subarray(0, whole.length - 8), 'Content-Encoding: gzip\r\n')
      return reply('no gzip at all', 'Content-Encoding: gzip\r\n')
    })
    const { console, samples } = await runHttp(
      `let r = http.get(url)
      log(r.status, r.error_code, r.error.startsWith('error decompressing response body ('), r.error.split('decompressing').length, r.body)
      r = http.get(url + '/short')
      log(r.status, r.error_code, r.error, r.body.startsWith('start start'))
      r = http.get(url, { responseType: 'none' })
      log(r.status, r.error === '', r.body)`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, ['0 1701 true 2 null', '0 1000 unexpected EOF true', '200 true null'])
    const statuses = samples.filter(({ metric }) => metric === 'http_reqs').map(({ tags }) => tags['status'])
    assert.deepEqual(statuses, ['0', '0', '200'])
  })

  it('HTTP-44 has nothing to decode in HEAD responses and empty bodies', async () => {
    await using server = await rawServer((request) =>
      reply(
        request.startsWith('HEAD') ? '' : '',
        'Content-Encoding: gzip\r\n',
        request.includes('/204') ? '204 No Content' : '200 OK',
      ),
    )
    const { console } = await runHttp(
      `for (const r of [http.head(url), http.get(url), http.get(url + '/204')]) log(r.status, r.error === '', r.error_code)`,
      server,
    )
    assert.deepEqual(console, ['200 true 0', '200 true 0', '204 true 0'])
  })

  it('bombs of every coding are failed requests, not the end of the memory', async () => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 0 }
    const bombs: Record<string, Buffer> = {
      br: brotliCompressSync(Buffer.alloc(300 * MEGABYTE), { params }),
      gzip: Buffer.concat(Array<Buffer>(30).fill(gzipSync(Buffer.alloc(10 * MEGABYTE)))),
      zstd: zstdBomb(300 * MEGABYTE),
      'br, gzip': gzipSync(brotliCompressSync(Buffer.alloc(300 * MEGABYTE), { params })),
    }
    await using server = await rawServer((request) => {
      const coding = decodeURIComponent(/^GET \/(\S*)/.exec(request)![1]!)
      return reply(bombs[coding]!, `Content-Encoding: ${coding}\r\n`)
    })
    for (const [coding, bomb] of Object.entries(bombs)) assert.ok(bomb.length < MEGABYTE, coding)
    const { console, exitCode } = await runHttp(
      `for (const coding of ${JSON.stringify(Object.keys(bombs))}) {
        const r = http.get(url + '/' + encodeURIComponent(coding))
        log(coding, r.status, r.error_code, r.error)
      }`,
      server,
    )
    const refused = '0 1000 response body exceeds 268435456 bytes'
    assert.deepEqual(
      console,
      Object.keys(bombs).map((coding) => `${coding} ${refused}`),
    )
    assert.equal(exitCode, 0)
  })
})

const MEGABYTE = 1024 * 1024

/** A frame of blocks that repeat one byte: four bytes stand for 128 KiB. */
function zstdBomb(bytes: number): Buffer {
  const blockBytes = 128 * 1024
  const count = bytes / blockBytes
  const blocks = Buffer.alloc(4 * count)
  for (let i = 0; i < count; i++) blocks.writeUInt32LE((blockBytes << 3) | 2 | (i === count - 1 ? 1 : 0), 4 * i)
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), blocks])
}

describe('k6/http: compression of requests', () => {
  it('HTTP-45 encodes the body, says so, and refuses what it does not know', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console, warnings } = await runHttp(
      `for (const compression of ['gzip', 'deflate', 'br', 'zstd', ' gzip , br ', '']) log(http.post(url, 'hello', { compression }).request.body)
      http.get(url, { compression: 'gzip' })
      http.post(url, 'hello', { compression: 'gzip', headers: { 'content-encoding': 'mine' } })
      for (const compression of ['GZIP', 'lzma', 'gzip,']) { const r = http.post(url, 'hello', { compression }); log(r.error_code, r.error) }`,
      server,
    )
    const refused = (name: string) =>
      `0 unknown compression algorithm ${name}, supported algorithms are [gzip deflate zstd br]`
    assert.deepEqual(console, [...Array(6).fill('hello'), refused('GZIP'), refused('lzma'), refused('')])
    const sent = server.requests.map((request) => {
      const [head = '', body = ''] = request.split('\r\n\r\n')
      const coding = /^Content-Encoding: (.*?)\r?$/m.exec(head)?.[1]
      const length = /^Content-Length: (\d+)/m.exec(head)?.[1]
      if (length !== undefined) assert.equal(Number(length), request.length - head.length - 4)
      return { coding, bytes: Buffer.from(request.slice(head.length + 4), 'latin1'), body }
    })
    assert.deepEqual(
      sent.map(({ coding }) => coding),
      ['gzip', 'deflate', 'br', 'zstd', 'gzip, br', undefined, undefined, 'mine'],
    )
    assert.equal(gunzipSync(sent[0]!.bytes).toString(), 'hello')
    assert.equal(inflateSync(sent[1]!.bytes).toString(), 'hello')
    assert.equal(brotliDecompressSync(sent[2]!.bytes).toString(), 'hello')
    assert.equal(sent[3]!.bytes.readUInt32LE(0), ZSTD.readUInt32LE(0))
    assert.equal(gunzipSync(brotliDecompressSync(sent[4]!.bytes)).toString(), 'hello')
    assert.equal(warnings.filter((text) => text.includes('Content-Encoding')).length, 1)
  })
})
