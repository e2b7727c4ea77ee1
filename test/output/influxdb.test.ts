import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { createOutput } from '../../src/output/create-output.js'
import { Outputs } from '../../src/output/outputs.js'
import { HttpClient } from '../../src/output/push/http-client.js'
import { poll } from '../helpers/live-run.js'
import { contextOf, RecordingShard } from './fixtures.js'
import { type Answer, type Received, startReceiver } from './receiver.js'

async function written(
  argument: (url: string) => string,
  add: (shard: RecordingShard) => void,
  { answer, env = {} }: { answer?: (request: Received, index: number) => Answer; env?: Record<string, string> } = {},
) {
  const receiver = await startReceiver(answer)
  const { context, messages } = contextOf({ env })
  const outputs = new Outputs([await createOutput(`influxdb=${argument(receiver.url)}`, context)], context.log)
  await outputs.start()
  const shard = new RecordingShard()
  add(shard)
  outputs.onSamples(0, structuredClone(shard.recorder.take()))
  await outputs.stop()
  outputs.account()
  await receiver.close()
  const writes = receiver.requests.filter(({ path }) => path.includes('write'))
  return {
    requests: receiver.requests,
    writes,
    lines: writes.flatMap(({ body }) => body.toString().split('\n').slice(0, -1)),
    messages,
  }
}

describe('the output influxdb', () => {
  it('creates the database and writes a line per sample (INF-01)', async () => {
    const { requests, lines } = await written(
      (url) => `${url}/my-db`,
      (shard) => {
        shard.add('rtt', 1.5, { scenario: 'a b', check: 'x=1,y', empty: '', vu: '1' })
        shard.add('hits', 1e21)
      },
    )
    assert.equal(new URL(`http://x${requests[0]?.path}`).searchParams.get('q'), 'CREATE DATABASE "my-db"')
    assert.deepEqual(Object.fromEntries(new URL(`http://x${requests[1]?.path}`).searchParams), {
      consistency: '',
      db: 'my-db',
      precision: 'ns',
      rp: '',
    })
    assert.deepEqual(
      lines.map((line) => line.replace(/ \d{19}$/, ' TIME')),
      ['rtt,check=x\\=1\\,y,scenario=a\\ b vu="1",value=1.5 TIME', 'hits value=1000000000000000000000 TIME'],
    )
  })

  it('has fields of the types that are asked for, and texts where a value is none (INF-03)', async () => {
    const { lines } = await written(
      (url) =>
        `${url}/db?tagsAsFields=n:int&tagsAsFields=f:float&tagsAsFields=b:bool&tagsAsFields=s&tagsAsFields=bad:int`,
      (shard) => shard.add('c', 1, { n: '5', f: '1.5', b: 'true', s: 'a "q" \\ b', bad: 'zz' }),
    )
    assert.match(lines[0] ?? '', /^c b=true,bad="zz",f=1\.5,n=5i,s="a \\"q\\" \\\\ b",value=1 /)
  })

  it('loses nothing but what cannot be written, and no tag becomes another line (INF-06)', async () => {
    const { lines, messages } = await written(
      (url) => `${url}/db`,
      (shard) => {
        shard.add('c', Number.POSITIVE_INFINITY)
        shard.add('c', 1, { newline: 'x\nevil value=1', '': 'nameless', slash: 'a\\' })
        shard.add('c', 2)
      },
    )
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /^c,newline=x\\nevil\\ value\\=1,slash=a\\ {2}value=1 \d+$/)
    assert.match(messages.at(-1) ?? '', /lost 1 of 3 samples; last error: InfluxDB cannot hold infinite numbers/)
  })

  it('gives samples of one moment different times, and warns once when the precision forbids it (INF-08)', async () => {
    const same = (shard: RecordingShard): void => {
      for (let i = 0; i < 3; i++) shard.add('c', i)
    }
    const { lines } = await written((url) => `${url}/db?precision=u`, same)
    assert.match(lines[0] ?? '', / \d{16}$/)
    const { messages } = await written((url) => `${url}/db?precision=h`, same)
    assert.equal(messages.filter((line) => line.includes('is too coarse')).length, 1)
  })

  it('warns when the database cannot be created and goes on (INF-07)', async () => {
    const answer = ({ path }: Received): Answer =>
      path.includes('query') ? { status: 403, body: 'not you' } : { status: 204 }
    const { lines, messages } = await written(
      (url) => `${url}/db`,
      (shard) => shard.add('c', 1),
      { answer },
    )
    assert.equal(lines.length, 1)
    assert.equal(messages[0], 'warning: the InfluxDB output could not create the database "db"')
  })

  it('waits for no answer longer than its time limit (INF-05)', async () => {
    const receiver = await startReceiver(() => ({ status: undefined }))
    const client = new HttpClient({ timeoutMs: 50 })
    await assert.rejects(
      client.post({ url: new URL(receiver.url), headers: {}, body: 'a' }),
      /POST http:\/\/127.0.0.1:\d+\/: no answer after 0.05 s/,
    )
    client.close()
    await receiver.close()
  })

  it('tries again after 503 (INF-09)', async () => {
    let refused = false
    const answer = ({ path }: Received): Answer => {
      if (path.includes('query') || refused) return { status: 204 }
      refused = true
      return { status: 503 }
    }
    const { writes, messages } = await written(
      (url) => `${url}/db`,
      (shard) => shard.add('c', 1),
      { answer },
    )
    assert.equal(writes.length, 2)
    assert.equal(writes[0]?.body.toString(), writes[1]?.body.toString())
    assert.ok(!messages.some((line) => line.includes('lost')))
  })

  it('splits what is too much for one request, and sends parts side by side (INF-04, INF-09)', async () => {
    const { writes, lines } = await written(
      (url) => `${url}/db`,
      (shard) => {
        for (let i = 0; i < 12_000; i++) shard.add('c', i)
      },
    )
    assert.equal(writes.length, 3)
    assert.equal(new Set(lines).size, 12_000)
  })

  it('writes to version 2 when there is a bucket (INF-10)', async () => {
    const { requests } = await written(
      (url) => `${url}?org=me&bucket=tests&token=secret`,
      (shard) => shard.add('c', 1),
    )
    assert.equal(requests.length, 1)
    assert.equal(requests[0]?.path, '/api/v2/write?org=me&bucket=tests&precision=ns')
    assert.equal(requests[0]?.headers.authorization, 'Token secret')
  })

  it('sends whole lines in datagrams over UDP (INF-02)', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const datagrams: string[] = []
    socket.on('message', (message) => datagrams.push(message.toString()))
    const { context } = contextOf()
    const outputs = new Outputs(
      [await createOutput(`influxdb=udp://127.0.0.1:${socket.address().port}/db?payload_size=100`, context)],
      context.log,
    )
    await outputs.start()
    const shard = new RecordingShard()
    for (let i = 0; i < 10; i++) shard.add('c', i)
    outputs.onSamples(0, structuredClone(shard.recorder.take()))
    await outputs.stop()
    await poll(
      async () => datagrams.join('').split('\n').length,
      (count) => count === 11,
    )
    socket.close()
    assert.ok(datagrams.length > 1 && datagrams.every((text) => text.length <= 100 && text.endsWith('\n')))
  })

  const BAD: [argument: string, message: RegExp][] = [
    ['ftp://x/db', /Unsupported protocol scheme: ftp, your address must start with http:\/\/ or https:\/\//],
    ['nonsense', /parse "nonsense"/],
    ['http://x/db?nope=1', /unknown query parameter: nope/],
    ['http://x/db?concurrentWrites=0', /influxdb's ConcurrentWrites must be a positive number/],
    ['http://x/db?tagsAsFields=a:date', /an invalid type \(date\) is specified for an InfluxDB field \(a\)/],
    ['http://x/db?precision=d', /invalid precision "d"/],
  ]
  for (const [argument, message] of BAD) {
    it(`refuses ${argument}`, () =>
      assert.rejects(createOutput(`influxdb=${argument}`, contextOf().context), { message, exitCode: 255 }))
  }
})
