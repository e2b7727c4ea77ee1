/** `Blob` of `k6/websockets`. WSS-47 to WSS-50. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runBody, startServer, type TestServer } from './websockets-support.js'

describe('Blob of k6/websockets', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  it('WSS-47 received blobs are instances of Blob, with type empty', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => ws.send(new Blob(['abc'], { type: 'text/plain' }))
      ws.onmessage = async ({ data }) => { log(data instanceof Blob, String(data), JSON.stringify(data.type), await data.text()); ws.close() }`,
    )
    assert.deepEqual(result.console, ['true [object Blob] "" abc'])
  })

  it('WSS-48 holds strings, buffers, views and blobs, and gives copies of its bytes', async () => {
    const result = await runBody(
      null,
      `const bytes = new Uint8Array([1, 2, 3, 4])
      const blob = new Blob(['é', bytes.buffer, new Uint16Array(bytes.buffer, 2), new DataView(bytes.buffer, 1, 2), new Blob(['x'])], { type: 'Text/X' })
      log(blob.size, blob.type)
      log(Array.from(await blob.bytes()).join())
      const copy = new Uint8Array(await blob.arrayBuffer()); copy.fill(0)
      bytes.fill(9)
      log(Array.from(new Uint8Array(await blob.arrayBuffer())).join())
      log(await new Blob(new Set(['a', 'b'])).text(), await blob.slice(0, 2).text(), blob.slice(0, 2, 'a/b').type)
      try { blob.size = 1 } catch (error) { log(error.name) }
      let chunks = 0, total = 0
      for await (const chunk of new Blob(['x'.repeat(200000)]).stream()) { chunks++; total += chunk.length; if (!(chunk instanceof Uint8Array)) log('not bytes') }
      log(chunks > 1, total, new Blob().size)`,
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, [
      '11 Text/X',
      '195,169,1,2,3,4,3,4,2,3,120',
      '195,169,1,2,3,4,3,4,2,3,120',
      'ab é a/b',
      'TypeError',
      'true 200000 0',
    ])
  })

  it('WSS-49 refuses parts that are not iterable, parts of other types, and options that are no object', async () => {
    const result = await runBody(
      null,
      `for (const parts of ['abc', 5, {}]) try { new Blob(parts); log('made') } catch (error) { if (error.name !== 'GoError' || !error.message.startsWith('failed to process [blobParts]: ')) log(error.message) }
      for (const part of [1, true, null, undefined, {}, ['a']]) try { new Blob([part]); log('made') } catch (error) { if (!error.message.startsWith('failed to process [blobParts]: unsupported type: ')) log(error.message) }
      exact(() => new Blob([], null)); exact(() => new Blob([], 5))
      json(new Blob([], {}).type)
      json(new Blob(null, undefined).size)
      json(new Blob(['a'], { type: 5, endings: 'native' }).type)`,
    )
    assert.deepEqual(result.console, [
      'GoError|[options] must be an object',
      'GoError|[options] must be an object',
      '""',
      '0',
      '"5"',
    ])
  })

  it('WSS-50 slice counts from the end for negative numbers and stays within the blob', async () => {
    const result = await runBody(
      null,
      `const blob = new Blob(['abcdef'])
      const slices = [[], [2], [-2], [1, -1], [-100, 100], [4, 2], [10], ['1', '3'], [NaN, 2.9], [undefined, 1]]
      const texts = []
      for (const slice of slices) texts.push(await blob.slice(...slice).text())
      log(texts.join('|'))`,
    )
    assert.deepEqual(result.console, ['abcdef|cdef|ef|bcde|abcdef|||bc|ab|a'])
  })
})
