import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { parseLogDestination } from '../../src/log/destination.js'
import { createLogging, type Logging } from '../../src/log/logging.js'
import { LogOutputError } from '../../src/log/output-error.js'

interface Push {
  readonly request: IncomingMessage
  readonly streams: { stream: Record<string, string>; values: [string, string][] }[]
}

/** A server that takes what is pushed; `status` is what it answers, undefined is nothing. */
async function withLoki(status: number | undefined, body: (url: string, pushes: readonly Push[]) => Promise<void>) {
  const pushes: Push[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    pushes.push({ request, streams: JSON.parse(text).streams })
    if (status !== undefined) response.writeHead(status).end(status === 204 ? undefined : 'too many streams')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body(`127.0.0.1:${(server.address() as AddressInfo).port}/loki/api/v1/push`, pushes)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function logging(output: string): Logging & { told(): string } {
  let text = ''
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  const made = createLogging({
    output,
    startedAt: 0,
    stdout: stderr,
    stderr,
    every: true,
    now: () => 1_700_000_000_123,
  })
  return Object.assign(made, { told: () => text })
}

describe('the log in Loki', () => {
  it('is raw lines, with level and fields as labels, times in nanoseconds, one stream for each set of labels', async () => {
    await withLoki(204, async (url, pushes) => {
      const made = logging(`loki=http://me:secret@${url},label.app=shop,header.X-Scope-OrgID=7`)
      made.log.info('one', { source: 'console' })
      made.log.info('two', { source: 'console' })
      made.log.warning('a "third"')
      await made.close()
      assert.equal(pushes.length, 1)
      const [{ request, streams }] = pushes as [Push]
      assert.equal(request.headers['content-type'], 'application/json')
      assert.equal(request.headers['x-scope-orgid'], '7')
      assert.equal(request.headers.authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`)
      assert.deepEqual(streams, [
        {
          stream: { app: 'shop', level: 'info', source: 'console' },
          values: [
            ['1700000000123000000', 'one'],
            ['1700000000123000000', 'two'],
          ],
        },
        { stream: { app: 'shop', level: 'warning' }, values: [['1700000000123000000', 'a "third"']] },
      ])
      assert.equal(made.told(), '')
    })
  })

  it('has labels that are not allowed at the end of the line, in order', async () => {
    await withLoki(204, async (url, pushes) => {
      const made = logging(`loki=http://${url},allowedLabels=[level,app],label.app=shop,level=warning`)
      made.log.error('no', { vu: 3, scenario: 's' })
      made.log.info('not severe enough')
      await made.close()
      assert.deepEqual(pushes[0]?.streams, [
        { stream: { app: 'shop', level: 'error' }, values: [['1700000000123000000', 'no scenario=s vu=3']] },
      ])
    })
  })

  it('is pushed once per period, at most the limit, and says how many more there were', async () => {
    await withLoki(204, async (url, pushes) => {
      const made = logging(`loki=http://${url},limit=2,pushPeriod=50ms,msgMaxSize=5`)
      for (const word of ['first line', 'ééé', 'more', 'and more']) made.log.info(word)
      while (pushes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
      made.log.info('later')
      await made.close()
      const lines = pushes.map(({ streams }) => streams.flatMap(({ values }) => values.map(([, line]) => line)))
      assert.deepEqual(lines, [['first', 'éé', 'socke'], ['later']])
    })
    await withLoki(204, async (url, pushes) => {
      const made = logging(`loki=http://${url},limit=1`)
      for (let i = 0; i < 4; i++) made.log.info('line')
      await made.close()
      const [warning] = pushes[0]?.streams.filter(({ stream }) => stream['level'] === 'warning') ?? []
      assert.equal(
        warning?.values[0]?.[1],
        'sockeye dropped 3 log messages because they were above the limit of 1 messages / 1s',
      )
    })
  })

  it('tells on stderr, once, why it does not arrive, and at the end how much of it', async () => {
    await withLoki(429, async (url) => {
      const made = logging(`loki=http://${url},profile`)
      made.log.info('one')
      made.log.info('two')
      await made.close()
      assert.match(
        made.told(),
        /^could not push the log to Loki: 429 Too Many Requests: too many streams\n2 of 2 log messages did not reach Loki\n2 log messages in 1 pushes to Loki, the slowest took \d+ ms\n$/,
      )
    })
    const nobody = logging('loki=http://user:secret@127.0.0.1:1/loki/api/v1/push')
    nobody.log.info('one')
    await nobody.close()
    assert.match(nobody.told(), /could not push the log to Loki: .*ECONNREFUSED|bad port/)
    assert.doesNotMatch(nobody.told(), /secret/)
  })

  it('does not hold up the end when Loki is silent', async () => {
    await withLoki(undefined, async (url) => {
      const made = logging(`loki=http://${url}`)
      made.log.info('one')
      await made.close()
      assert.match(made.told(), /timeout/)
    })
  })

  it('has settings, and says which it does not know', () => {
    const settings = (text: string) => {
      const destination = parseLogDestination(text)
      return destination.kind === 'loki' ? destination.settings : undefined
    }
    assert.deepEqual(settings('loki'), settings('loki='))
    assert.equal(settings('loki')?.url, 'http://127.0.0.1:3100/loki/api/v1/push')
    assert.equal(settings('loki=limit=5')?.limit, 5)
    assert.deepEqual(settings('loki=https://logs.example.com/push,pushPeriod=5m32s,level=warn,allowedLabels=[a,b]'), {
      ...settings('loki'),
      url: 'https://logs.example.com/push',
      pushPeriod: 332_000,
      level: 'warning',
      allowedLabels: ['a', 'b'],
    })
    for (const [text, message] of [
      ['loki=127.0.0.1:3100', /unknown loki config key 127\.0\.0\.1:3100/],
      ['loki=ftp://x', /'ftp:\/\/x' is no address of Loki/],
      ['loki=,limits=4', /unknown loki config key limits/],
      ['loki=,limit=0', /loki limit needs to be a positive number, is 0/],
      ['loki=,limit=', /loki limit needs to be a positive number, is $/],
      ['loki=,pushPeriod=soon', /couldn't parse the loki pushPeriod 'soon'/],
      ['loki=,level=loud', /unknown log level loud/],
      ['loki=,header.a b=c', /loki header 'a b' cannot be sent/],
    ] as const) {
      assert.throws(
        () => parseLogDestination(text),
        (error) => error instanceof LogOutputError && message.test(error.message),
        text,
      )
    }
  })
})
