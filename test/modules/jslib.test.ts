/** The helpers of sockeye, `sockeye/utils` and so on, as scripts use them. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { runScript, type ScriptResult } from '../helpers/run-script.js'

async function run(source: string, options: Parameters<typeof runScript>[1] = {}): Promise<ScriptResult> {
  return await runScript(source, { name: 'script.js', ...options })
}

async function values(imports: string, ...expressions: string[]): Promise<unknown[]> {
  const { console, errors } = await run(
    `${imports}\nexport default function () { console.log(JSON.stringify([${expressions.join(',')}])) }`,
  )
  assert.deepEqual(errors, [])
  return JSON.parse(console[0] as string)
}

describe('sockeye/utils', () => {
  const imports = `import * as u from 'sockeye/utils'\nimport { randomSeed } from 'k6'`

  it('random values are in range, and repeat with a seed', async () => {
    const [inRange, item, text, ids, secure, same] = await values(
      imports,
      'Array.from({ length: 500 }, () => u.randomIntBetween(2, 4)).reduce((seen, n) => ({ ...seen, [n]: true }), {})',
      `[u.randomItem(['a', 'b']), u.randomItem([])]`,
      `[u.randomString(8), u.randomString(5, 'x'), u.randomString(0)]`,
      'u.uuidv4()',
      'u.uuidv4(true)',
      '(randomSeed(7), u.randomString(9)) === (randomSeed(7), u.randomString(9))',
    )
    assert.deepEqual(Object.keys(inRange as object), ['2', '3', '4'])
    assert.match((item as string[])[0] as string, /^[ab]$/)
    assert.equal((item as unknown[])[1], null)
    assert.match((text as string[]).join(), /^[a-z]{8},xxxxx,$/)
    for (const id of [ids, secure])
      assert.match(id as string, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    assert.equal(same, true)
  })

  it('findBetween finds the first, or all, or nothing', async () => {
    assert.deepEqual(
      await values(
        imports,
        `u.findBetween('<a>1</a><a>2</a>', '<a>', '</a>')`,
        `u.findBetween('<a>1</a><a>2</a><a>', '<a>', '</a>', true)`,
        `u.findBetween('abc', 'x', 'y')`,
        `u.findBetween('abc', 'x', 'y', true)`,
        `u.findBetween('ab', '', '', true).length`,
      ),
      ['1', ['1', '2'], null, [], 3],
    )
  })

  it('normalDistributionStages rises to the maximum in the middle and ends at 0', async () => {
    const [stages] = (await values(imports, 'u.normalDistributionStages(100, 10)')) as {
      target: number
      duration: string
    }[][]
    assert.deepEqual(
      stages?.map(({ target }) => target),
      [6, 20, 49, 84, 100, 84, 49, 20, 6, 0],
    )
    assert.ok(stages?.every(({ duration }) => duration === '1000ms'))
  })

  it('check takes promises and async functions', async () => {
    const { console, summary } = await run(
      `import { check } from 'sockeye/utils'
      export default async function () {
        console.log(check(1, { plain: (v) => v === 1, value: true }))
        console.log(await check(Promise.resolve(2), { late: async (v) => v === 2, wrong: async () => false }))
        try { await check(1, { broken: async () => { throw new Error('no') } }) } catch (error) { console.log(error.message) }
      }`,
    )
    assert.deepEqual(console, ['true', 'false', 'no'])
    assert.deepEqual([summary.metrics['checks']?.['passes'], summary.metrics['checks']?.['fails']], [3, 2])
  })

  it('tags with the stage of the scenario', async () => {
    const { samples } = await run(
      `import { tagWithCurrentStageIndex, tagWithCurrentStageProfile } from 'sockeye/utils'
      import { Counter } from 'k6/metrics'
      const seen = new Counter('seen')
      export const options = { scenarios: { s: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '1m', target: 2 }], gracefulStop: '0s' } } }
      export default function () { tagWithCurrentStageIndex(); tagWithCurrentStageProfile(); seen.add(1); throw stop() }
      import exec from 'k6/execution'
      function stop() { exec.test.abort() }`,
      { samples: true },
    )
    const { tags } = samples.find(({ metric }) => metric === 'seen') as { tags: Record<string, string> }
    assert.deepEqual([tags['stage'], tags['stage_profile']], ['0', 'ramp-up'])
  })
})

describe('sockeye/summary', () => {
  it('gives text, JUnit and humanised values from the data of handleSummary', async () => {
    const { stdout } = await summaryRun()
    assert.match(stdout, /^> .*THRESHOLDS/m)
    assert.match(stdout, /^> {4}\s*✓ 'p\(95\)<1000' p\(95\)=5ms/m)
    assert.match(stdout, /^> .*✗ no/m)
    assert.match(stdout, /<testsuites tests="2" failures="1">/)
    assert.match(stdout, /<testcase name="took - p\(95\)&lt;1000" classname="c" \/>/)
    assert.match(
      stdout,
      /<testcase name="checks - rate&gt;0.9" classname="c"><failure message="failed" \/><\/testcase>/,
    )
    assert.match(stdout, /\[12\.34ms\|95\.00%\|1\.2 kB\]/)
  })

  function summaryRun(): Promise<ScriptResult> {
    return run(
      `import { textSummary, jUnit, humanizeValue } from 'sockeye/summary'
      import { check, group } from 'k6'
      import { Trend } from 'k6/metrics'
      export const options = { thresholds: { took: ['p(95)<1000'], checks: ['rate>0.9'] } }
      const took = new Trend('took', true)
      export default function () { took.add(5); group('g', () => check(1, { yes: true, no: () => false })) }
      export function handleSummary(data) {
        const shown = [humanizeValue(12.3456, { type: 'trend', contains: 'time' }), humanizeValue(0.95, { type: 'rate', contains: 'default' }),
          humanizeValue(1234, { type: 'counter', contains: 'data' })].join('|')
        return { stdout: textSummary(data, { indent: '> ', enableColors: false }) + jUnit(data, { name: 'n', classname: 'c' }) + '[' + shown + ']' }
      }`,
    )
  }
})

describe('sockeye/expect', () => {
  it('every assertion is a check; the first that fails ends its block, and the iteration goes on', async () => {
    const { console, summary, samples } = await run(
      `import { describe, expect } from 'sockeye/expect'
      import { sleep } from 'k6'
      export default function () {
        const good = describe('good', () => { sleep(0.001); expect(200, 'status').to.equal(200); expect([1, 2]).to.have.lengthOf(2) })
        const bad = describe('bad', () => { expect(500, 'status').to.equal(200); console.log('not reached') })
        const broken = describe('broken', () => { undefined.x })
        console.log(good, bad, broken)
      }`,
      { samples: true },
    )
    assert.deepEqual(console.at(-1), 'true false false')
    assert.ok(!console.includes('not reached'))
    const checks = samples.filter(({ metric }) => metric === 'checks')
    assert.deepEqual(
      checks.map(({ value, tags }) => `${tags['group']} ${tags['check']}: ${value}`),
      [
        '::good expected status to equal 200: 1',
        '::good expected [ 1, 2 ] to have a length of 2: 1',
        '::bad expected status to equal 200: 0',
        "::broken exception raised: Cannot read properties of undefined (reading 'x'): 0",
      ],
    )
    assert.equal(summary.metrics['checks']?.['fails'], 2)
  })
})

describe('sockeye/expect of responses', () => {
  it('validJsonBody() tells whether the body is JSON', async () => {
    const { console, samples } = await run(
      `import { describe, expect } from 'sockeye/expect'
      const bad = { json() { throw new Error('no') } }
      export default function () {
        console.log(describe('good', () => { expect({ json: () => ({}) }).to.have.validJsonBody(); expect(bad).to.not.have.validJsonBody() }))
        console.log(describe('bad', () => expect(bad, 'answer').to.have.validJsonBody()))
      }`,
      { samples: true },
    )
    assert.deepEqual(console, ['true', 'false'])
    assert.deepEqual(
      samples.filter(({ metric }) => metric === 'checks').map(({ value, tags }) => `${tags['check']}: ${value}`),
      ['has valid json body: 1', 'has no valid json body: 1', 'has valid json body: 0'],
    )
  })
})

describe('sockeye/httpx', () => {
  it('sends with the base URL, the headers and the tags of the session, one by one and together', async () => {
    const server = createServer((request, response) => {
      let body = ''
      request
        .on('data', (chunk) => (body += chunk))
        .on('end', () => response.end(`${request.method} ${request.url} ${request.headers['x-a']} ${body}`))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { console, samples, errors } = await run(
      `import { Httpx, Get, Post } from 'sockeye/httpx'
      const session = new Httpx({ baseURL: 'http://127.0.0.1:${(server.address() as AddressInfo).port}', headers: { 'X-A': '1' }, tags: { who: 'me' } })
      export default function () {
        console.log(session.get('/a', null, { headers: { 'X-A': '2' } }).body)
        session.addHeader('X-A', '3')
        for (const { body } of session.batch([new Get('/b'), new Post('/c', 'text')])) console.log(body)
      }`,
      { samples: true },
    )
    server.close()
    server.closeAllConnections()
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['GET /a 2 ', 'GET /b 3 ', 'POST /c 3 text'])
    const requests = samples.filter(({ metric }) => metric === 'http_reqs')
    assert.deepEqual(
      requests.map(({ tags }) => tags['who']),
      ['me', 'me', 'me'],
    )
  })
})

describe('sockeye/formdata, sockeye/papaparse, sockeye/url and sockeye/html-report', () => {
  it('FormData writes a multipart body', async () => {
    const [text, boundary] = await values(
      `import { FormData } from 'sockeye/formdata'
      const form = new FormData()
      form.append('name', 'value')
      form.append('a"b', { data: new Uint8Array([65, 66]).buffer, filename: 'x.bin', content_type: 'image/png' })`,
      'new TextDecoder().decode(form.body())',
      'form.boundary',
    )
    assert.equal(
      (text as string).replaceAll(boundary as string, 'B'),
      '--B\r\nContent-Disposition: form-data; name="name"\r\n\r\nvalue\r\n' +
        '--B\r\nContent-Disposition: form-data; name="a%22b"; filename="x.bin"\r\nContent-Type: image/png\r\n\r\nAB\r\n--B--\r\n',
    )
  })

  it('papaparse and the classes of url are those that scripts know', async () => {
    assert.deepEqual(
      await values(
        `import Papa, { unparse } from 'sockeye/papaparse'\nimport { URL, URLSearchParams } from 'sockeye/url'`,
        `Papa.parse('a,b\\n1,"x,y"', { header: true }).data`,
        `unparse([['a', 1]])`,
        `new URL('/p?q=1', 'http://h').href`,
        `new URLSearchParams({ a: '1' }).toString()`,
      ),
      [[{ a: '1', b: 'x,y' }], 'a,1', 'http://h/p?q=1', 'a=1'],
    )
  })

  it('htmlReport shows thresholds, checks and metrics, and escapes names', async () => {
    const { stdout, exitCode } = await run(
      `import { htmlReport } from 'sockeye/html-report'
      import { check } from 'k6'
      export const options = { thresholds: { checks: ['rate>0.9'] } }
      export default function () { check(1, { '<b>bold</b>': false }) }
      export function handleSummary(data) { return { stdout: htmlReport(data, { title: 'T & T' }) } }`,
    )
    assert.equal(exitCode, 99)
    assert.match(stdout, /<title>T &amp; T<\/title>/)
    assert.match(
      stdout,
      /<td>&lt;b&gt;bold&lt;\/b&gt;<\/td><td>0<\/td><td>1<\/td><td><span class="fail">failed<\/span>/,
    )
    assert.match(stdout, /<td>checks<\/td><td>rate&gt;0.9<\/td><td><span class="fail">/)
    assert.ok(!stdout.includes('<script'))
  })
})
