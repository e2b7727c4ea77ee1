import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Archive, archivedUrl, readArchive, writeArchive } from '../../src/script/archive.js'
import { isTar, packTar, readTar } from '../../src/script/tar.js'

const text = (content: string) => Buffer.from(content)
const names = async (data: Uint8Array) => (await readTar('x', data)).map(({ path }) => path)

describe('tar files', () => {
  it('hold names of any length, contents of any size, and links', async () => {
    const long = `${'folder/'.repeat(40)}ünï.txt`
    const entries = [0, 1, 511, 512, 513, 100_000].map((size) => ({
      path: `size-${size}`,
      content: Buffer.alloc(size, 7),
    }))
    const all = [...entries, { path: long, content: text('x') }, { path: 'link', link: long }]
    const tar = await packTar(all, new Date(0))
    assert.ok(isTar(tar))
    assert.equal(tar.length % 512, 0)
    assert.deepEqual(
      (await readTar('x', tar)).map(({ path, content, link }) => [path, content?.toString() ?? link]),
      all.map((entry) => [entry.path, 'content' in entry ? entry.content.toString() : entry.link]),
    )
  })

  it('are read as they come, and no further than their budget', async () => {
    const tar = await packTar([{ path: 'large', content: Buffer.alloc(4_000_000, 1) }], new Date(0))
    let taken = 0
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < tar.length; at += 10_000) {
        taken++
        yield tar.subarray(at, at + 10_000)
      }
    }
    assert.equal((await readTar('x', pieces()))[0]?.content?.length, 4_000_000)
    taken = 0
    await assert.rejects(readTar('x', pieces(), 1_000_000), {
      code: 'ERR_ARCHIVE',
      message: /its files have over 1000000 bytes together/,
    })
    assert.ok(taken < 200, `${taken} of 401 pieces were taken`)
    const zipped = gzipSync(tar)
    assert.ok(zipped.length < 100_000)
    await assert.rejects(readTar('x', zipped, 1_000_000), { code: 'ERR_ARCHIVE' })
  })

  it('whose source fails are errors with a code', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(512)
      throw new Error('the disk is gone')
    }
    await assert.rejects(readTar('x', broken()), { code: 'ERR_ARCHIVE', message: /the disk is gone/ })
  })

  it('are told from other files by their beginning', () => {
    for (const other of ['', 'export default', 'x'.repeat(600)]) assert.equal(isTar(text(other)), false)
  })
})

describe('an archive', () => {
  const archive: Archive = {
    metadata: {
      type: 'js',
      options: { vus: 1 },
      filename: 'file:///home/nobody/a%20b/s.js',
      pwd: 'file:///home/nobody/a%20b',
      env: {},
      compatibilityMode: 'extended',
      k6version: '2.2.0',
      goos: 'linux',
      dependencies: { k6: '*' },
    },
    main: text('main'),
    files: new Map([
      ['file:///home/nobody/a%20b/s.js', text('main')],
      ['file:///home/nobody/a%20b/data.txt', text('data')],
    ]),
    program: { code: 'code', map: '{}', isCommonJs: false },
  }

  it('has its metadata and its script first, then all files in order with their folders', async () => {
    const tar = await writeArchive(archive, new Date(0))
    assert.deepEqual(await names(tar), [
      'metadata.json',
      'data',
      'sockeye/bundle.js',
      'sockeye/bundle.js.map',
      'file/home/nobody/a b/data.txt',
      'file/home/nobody/a b/s.js',
    ])
  })

  it('is read as it was written', async () => {
    const read = await readArchive('x', await writeArchive(archive, new Date(0)))
    const { sockeyeDigest, ...metadata } = read.metadata
    assert.match(sockeyeDigest ?? '', /^[\da-f]{64}$/)
    assert.deepEqual(metadata, archive.metadata)
    assert.deepEqual(read.program, archive.program)
    const contents = ({ files }: Archive) => [...files].map(([url, content]) => [url, Buffer.from(content).toString()])
    assert.deepEqual(contents(read).sort(), contents(archive).sort())
  })

  it('does not tell whose folder files were in', () => {
    assert.equal(archivedUrl('/home/alice/x/s.js'), 'file:///home/nobody/x/s.js')
    assert.equal(archivedUrl('/Users/bob/s.js'), 'file:///Users/nobody/s.js')
    assert.equal(archivedUrl('/srv/home/alice/s.js'), 'file:///srv/home/alice/s.js')
    assert.equal(archivedUrl('https://host/home/alice/s.js'), 'https://host/home/alice/s.js')
  })

  for (const [what, metadata, message] of [
    ['that is no JSON', '{', /metadata\.json of the archive "x" is no JSON/],
    ['of another type', '{"type":"go"}', /holds a test of an unknown type "go"/],
    ['without places', '{"type":"js"}', /does not say where the script was/],
  ] as const) {
    it(`is refused with metadata ${what}`, async () => {
      const tar = await packTar([{ path: 'metadata.json', content: text(metadata) }], new Date(0))
      await assert.rejects(readArchive('x', tar), { code: 'ERR_ARCHIVE', message, exitCode: 255 })
    })
  }

  it('is refused when it ends too early', async () => {
    const tar = await writeArchive({ ...archive, main: Buffer.alloc(5000) }, new Date(0))
    await assert.rejects(readArchive('x', tar.subarray(0, 3000)), { code: 'ERR_ARCHIVE' })
  })
})
