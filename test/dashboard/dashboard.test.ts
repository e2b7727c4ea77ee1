import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { ControlledRun } from '../../src/api/controlled-run.js'
import { ControlDesk } from '../../src/dashboard/control-desk.js'
import { DashboardServer } from '../../src/dashboard/server.js'
import { dashboardSettings } from '../../src/dashboard/settings.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import { livePieces, liveSeries, type PageData } from '../../src/report/page-data.js'
import { resultFile } from '../../src/report/result-file.js'
import { FakeRun } from '../helpers/fake-run.js'
import { type RunningCli, runCli } from '../helpers/run-cli.js'

const DATA: PageData = {
  state: 'running',
  madeBy: 'sockeye 1.2.3',
  result: {
    verdict: 'passed',
    exitCode: 0,
    script: 'chat.ts',
    startedAt: 0,
    durationMs: 0,
    thresholds: [],
    checks: [],
    metrics: [],
  },
  series: [],
}

const SCRIPT = `
import { sleep } from 'k6'
import { Trend } from 'k6/metrics'
const rtt = new Trend('rtt', true)
export const options = { scenarios: { chat: { executor: 'constant-vus', vus: 2, duration: '3s' } }, thresholds: { rtt: ['p(95)<1'] } }
export default function () { sleep(0.1); rtt.add(20) }`

interface Answer {
  readonly status: number
  readonly body: string
}

function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(url, { headers })
}

/** Asks for a change of the run, as the page does. */
function patch(url: string, attributes: object, headers: Record<string, string> = {}): Promise<Answer> {
  const type = { 'content-type': 'application/json' }
  return ask(url, { method: 'PATCH', headers: { ...type, ...headers } }, JSON.stringify({ data: { attributes } }))
}

function ask(url: string, options: RequestOptions, sent?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
      .on('error', reject)
      .end(sent)
  })
}

function settings(argument: string, env: Record<string, string> = {}) {
  return dashboardSettings(argument, { env, config: {} })
}

interface Rules {
  readonly token?: string
  readonly run?: ControlledRun
  readonly apiToken?: string
  readonly isPublic?: boolean
}

async function served<T>({ token, run, apiToken, isPublic = false }: Rules, use: (url: string) => Promise<T>) {
  const source = {
    parts: async function* () {
      yield DATA
    },
    report: () => Promise.resolve(DATA),
  }
  const desk = new ControlDesk(() => run, { isPublic, token: apiToken })
  const server = new DashboardServer({ host: '127.0.0.1', port: 0, token }, source, desk)
  await server.listen()
  try {
    return await use(server.url)
  } finally {
    await server.close()
  }
}

describe('settings of the dashboard', () => {
  it('are those of k6, from variables and the argument, which comes first (WEB-01)', () => {
    const { token, ...all } = settings('port=0&period=2s&export=a.html', {
      K6_WEB_DASHBOARD_PORT: '9',
      K6_WEB_DASHBOARD_OPEN: 'true',
      K6_WEB_DASHBOARD_TAGS: 'group,name',
    })
    assert.equal(token, undefined)
    assert.deepEqual(all, {
      host: '127.0.0.1',
      port: 0,
      isPortRequired: true,
      periodMs: 2000,
      opens: true,
      exportPath: 'a.html',
      tags: ['group', 'name'],
    })
    assert.equal(settings('').port, 5665)
    assert.equal(settings('port=-1').port, undefined)
  })

  it('make a token where others can reach it, and none on loopback', () => {
    assert.match(settings('host=0.0.0.0').token ?? '', /^[0-9a-f]{32}$/)
    assert.equal(settings('host=localhost').token, undefined)
  })

  for (const [argument, message] of [
    ['period=5', undefined],
    ['period=abc', /invalid duration "abc"/],
    ['open=yes', /converting 'yes' to type null.Bool/],
    ['port=abc', /must be a whole number/],
    ['colour=red', /it has no setting "colour"/],
    ['record=a.ndjson', /there is no recording/],
  ] as const)
    it(`${message === undefined ? 'take' : 'refuse'} ${argument}`, () => {
      if (message === undefined) settings(argument)
      else assert.throws(() => settings(argument), message)
    })
})

describe('the server of the dashboard', () => {
  it('serves the page, the report of the moment and nothing else', async () => {
    await served({}, async (url) => {
      const page = await get(url)
      assert.equal(page.status, 200)
      assert.match(page.body, /connect-src 'self'/)
      assert.match((await get(`${url}report`)).body, /connect-src 'none'/)
      assert.equal((await get(`${url}etc/passwd`)).status, 404)
    })
  })

  it('answers no page of another site, and no name that only resolves to this machine (WEB-04)', async () => {
    await served({}, async (url) => {
      assert.equal((await get(`${url}report`, { host: 'evil.example' })).status, 403)
      assert.equal((await get(`${url}events`, { origin: 'http://evil.example' })).status, 403)
    })
  })

  it('asks for its token when it has one', async () => {
    await served({ token: 'secret' }, async (url) => {
      assert.match(url, /\?token=secret$/)
      assert.equal((await get(url)).status, 200)
      assert.equal((await get(url.replace('secret', 'guess'))).status, 401)
      assert.equal((await get(url.replace(/\?.*/, 'report'))).status, 401)
    })
  })

  it('answers what is no path, and goes on', async () => {
    await served({}, async (url) => {
      for (const path of ['//', '//[', 'http://[::', '*', '/%', '/%00', '/../../etc/passwd']) {
        const { status } = await ask(url, { path })
        assert.ok([400, 404].includes(status), `${path}: ${status}`)
      }
      assert.equal((await get(url)).status, 200)
    })
  })

  it('follows a run with 64 pages, and says so to one more', async () => {
    await served({}, async (url) => {
      const pages = await Promise.all(
        Array.from({ length: 64 }, async () => {
          const page = request(`${url}events`, { agent: false }).end()
          const [response] = (await once(page, 'response')) as [IncomingMessage]
          await once(response, 'data')
          return response
        }),
      )
      assert.deepEqual(await get(`${url}events`), { status: 503, body: '64 pages are open; close one of them\n' })
      for (const page of pages) page.on('error', () => {}).destroy()
    })
  })
})

describe('the control of a run from its page', () => {
  it('is that of the control API: what it asks for reaches the run', async () => {
    const run = new FakeRun()
    await served({ run }, async (url) => {
      const { status, body } = await patch(`${url}v1/status`, { paused: true })
      assert.equal(status, 200, body)
      assert.deepEqual(run.changes, [{ paused: true }])
      assert.equal((await patch(`${url}v1/metrics`, {})).status, 405)
    })
  })

  it('does not exist without the control API', async () => {
    await served({}, async (url) => {
      assert.equal((await patch(`${url}v1/status`, { stopped: true })).status, 404)
    })
  })

  it('takes nothing of pages of other sites, of other names, nor what a form could send', async () => {
    const run = new FakeRun()
    await served({ run }, async (url) => {
      for (const [name, value] of [
        ['origin', 'http://evil.example'],
        ['host', 'evil.example'],
        ['sec-fetch-site', 'cross-site'],
      ] as const)
        assert.equal((await patch(`${url}v1/status`, { stopped: true }, { [name]: value })).status, 403)
      const plain = await patch(`${url}v1/status`, { stopped: true }, { 'content-type': 'text/plain' })
      assert.equal(plain.status, 415)
      assert.deepEqual(run.changes, [])
    })
  })

  it('asks for the token of the control API when that has one, beside that of the page', async () => {
    const run = new FakeRun()
    await served({ run, token: 'page', apiToken: 'api' }, async (url) => {
      const target = url.replace('/?', '/v1/status?')
      assert.equal((await patch(target, { paused: true })).status, 401)
      assert.equal((await patch(target, { paused: true }, { authorization: 'Bearer page' })).status, 401)
      const api = { authorization: 'Bearer api' }
      assert.equal((await patch(target.replace('page', 'guess'), { paused: true }, api)).status, 401)
      assert.equal((await patch(target, { paused: true }, api)).status, 200)
      assert.deepEqual(run.changes, [{ paused: true }])
    })
  })

  it('is not for pages that others can reach, unless there is a token for it', async () => {
    const run = new FakeRun()
    await served({ run, token: 'page', isPublic: true }, async (url) => {
      assert.equal((await patch(url.replace('/?', '/v1/status?'), { stopped: true })).status, 403)
      assert.deepEqual(run.changes, [])
    })
    assert.equal(new ControlDesk(() => run, { isPublic: true, token: undefined }).offer(), undefined)
    assert.deepEqual(new ControlDesk(() => run, { isPublic: true, token: 'api' }).offer(), {
      canPause: true,
      scalable: [{ name: 'live', vus: 2, maxVUs: 10 }],
      isPaused: false,
      needsToken: true,
    })
  })
})

describe('a page that is opened late', () => {
  it('gets each series in pieces of a few points, which are together what it would get at once', () => {
    const registry = new MetricRegistry()
    const series = registry.series(registry.declare('rtt', 'trend', 'time'), new TagInterner().root)
    const timeline = new Timeline(registry, { history: true, recentMs: 0 })
    for (let second = 0; second < 1000; second++) {
      for (let i = 1; i < 50; i++) series.add(i)
      timeline.merge(registry.take(), second * 1000, second * 1000 + 1000)
      timeline.advance(second * 1000 + 1000)
    }
    const tracks = [...timeline.tracks()]
    const pieces = [...livePieces(tracks, 0)]
    assert.ok(pieces.length > 5)
    assert.ok(pieces.every(({ points }) => points.length <= 50))
    const [first] = pieces
    const joined = {
      ...first,
      points: pieces.flatMap(({ points }) => points),
      heat: pieces.flatMap(({ heat = [] }) => heat),
    }
    assert.deepEqual(
      [joined],
      tracks.map((track) => liveSeries(track, 0)),
    )
  })
})

describe('a run with the dashboard', () => {
  it('sends events while it runs, and does not wait for pages that are open (WEB-02, WEB-05, WEB-06)', async () => {
    let events: Promise<{ body: string }> | undefined
    const follow = ({ stderr }: RunningCli): void => {
      const [, url] = /the dashboard is at (http:\S+\/)/.exec(stderr) ?? []
      if (url !== undefined) events ??= get(`${url}events`)
    }
    const { exitCode, stdout } = await runCli(['run', '--out', 'dashboard=port=0', 'script.js'], {
      files: { 'script.js': SCRIPT },
      onOutput: follow,
    })
    assert.equal(exitCode, 99)
    assert.match(stdout, /TOTAL RESULTS/)
    const body = (await events)?.body ?? ''
    assert.match(body, /^id: 0\nevent: (whole|update)\n/)
    assert.match(body, /event: stop\nretry: \d+\ndata: {}\n\n$/)
    const all = body.split('\n').filter((line) => line.startsWith('data: ') && line !== 'data: {}')
    const data = all.map((line) => JSON.parse(line.slice(6)) as PageData)
    assert.ok(data.length >= 2)
    assert.equal(data[0]?.state, 'running')
    const last = data.at(-1) as PageData
    assert.deepEqual([last.state, last.result.verdict], ['ended', 'failed'])
    assert.ok(data.some(({ series }) => series.some(({ name, points }) => name === 'rtt' && points.length > 0)))
  })

  it('says at its end how it compares with a baseline', async () => {
    let events: Promise<{ body: string }> | undefined
    const follow = ({ stderr }: RunningCli): void => {
      const [, url] = /the dashboard is at (http:\S+\/)/.exec(stderr) ?? []
      if (url !== undefined) events ??= get(`${url}events`)
    }
    const file = resultFile(DATA.result, new Timeline(new MetricRegistry(), { history: true, recentMs: 0 }), 'test')
    await runCli(['run', '--out', 'dashboard=port=0', '--baseline', 'main.json', 'script.js'], {
      files: { 'script.js': SCRIPT, 'main.json': JSON.stringify(file) },
      onOutput: follow,
    })
    const data = (await events)?.body.split('\n').filter((line) => line.startsWith('data: {"state"')) ?? []
    const last = JSON.parse(data.at(-1)?.slice(6) ?? '{}') as PageData
    assert.deepEqual([last.state, last.baseline?.comparison.baseline.path], ['ended', 'main.json'])
  })

  it('serves nothing with port -1, and is one output when it is asked for twice (WEB-01)', async () => {
    const { exitCode, stderr, stdout } = await runCli(
      ['run', '--iterations', '1', '--out', 'web-dashboard=port=-1&export=report.md', 'script.js'],
      { files: { 'script.js': 'export default function () {}' }, env: { K6_WEB_DASHBOARD: 'true' } },
    )
    assert.equal(exitCode, 0, stderr)
    assert.doesNotMatch(stderr, /the dashboard is at/)
    assert.match(stdout, /output: web-dashboard \(report.md\)/)
  })

  it('takes a free port when another run has the default one, and says which (WEB-12)', async () => {
    const other = createServer()
    // It may be taken already, by a run on this machine: that is as good.
    await new Promise<void>((resolve) => other.once('error', () => resolve()).listen(5665, '127.0.0.1', resolve))
    const { exitCode, stderr } = await runCli(['run', '--iterations', '1', '--out', 'dashboard', 'script.js'], {
      files: { 'script.js': 'export default function () {}' },
    })
    other.close()
    assert.equal(exitCode, 0, stderr)
    const [, port] = /the dashboard is at http:\/\/127\.0\.0\.1:(\d+)\//.exec(stderr) ?? []
    assert.ok(port !== undefined && port !== '5665', stderr)
  })

  it('is not begun when the port that was asked for is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { exitCode, stderr } = await runCli(['run', '--out', `dashboard=port=${port}`, 'script.js'], {
      files: { 'script.js': SCRIPT },
    })
    other.close()
    assert.equal(exitCode, 255)
    assert.match(stderr, new RegExp(`cannot listen on 127.0.0.1:${port}`))
  })
})
