/** `k6/secrets` and `--secret-source`. Statement MOD-05 of docs/spec/http.md. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { parseSecretSources } from '../../src/modules/k6-secrets/sources.js'
import { runScript } from '../helpers/run-script.js'

const REDACTED = '***SECRET_REDACTED***'

const script = (body: string): string => `import secrets from 'k6/secrets'
  import { Counter } from 'k6/metrics'
  const counter = new Counter('counted')
  const attempt = async (make) => { try { console.log(await make()) } catch (error) { console.log(error.message) } }
  export default async function () { ${body} }`

describe('k6/secrets', () => {
  it('MOD-05 gives values from the default and from named sources; a single one needs no name', async () => {
    const body = `const value = await secrets.get('a'); console.log(value.length, [...value].reverse().join(''))`
    assert.deepEqual((await runScript(script(body), { flags: ['--secret-source', 'mock=a=one,b=two'] })).console, [
      '3 eno',
    ])
    const two = await runScript(
      script(`${body}; console.log([...(await secrets.source('file').get('k'))].reverse().join(''))`),
      {
        flags: ['--secret-source', 'mock=default,name=m,a=one', '--secret-source', 'file=secrets.txt'],
        files: { 'secrets.txt': 'k=from=file\n\nl=x\n' },
      },
    ).catch((error) => error)
    assert.deepEqual(two.console, ['3 eno', 'elif=morf'])
  })

  it('MOD-05 says what is missing', async () => {
    const body = `await attempt(() => secrets.get('nope')); await attempt(() => secrets.source('no').get('a')); secrets.source('unused')`
    assert.deepEqual((await runScript(script(body))).console, Array(2).fill('no secret sources are configured'))
    assert.deepEqual((await runScript(script(body), { flags: ['--secret-source', 'mock=a=one'] })).console, [
      'no value for the secret "nope"',
      'no secret source with name "no" is configured',
    ])
  })

  it('MOD-05 values are in no line of the log, no tag and no error of the summary', async () => {
    const body = `const s = await secrets.get('token'); counter.add(1, { url: 'http://h/?t=' + s }); console.log('it is', s, JSON.stringify({ s })); throw new Error('bad ' + s)`
    const result = await runScript(script(body), {
      samples: true,
      flags: ['--secret-source', 'mock=token=hunter2.(x)'],
    })
    assert.deepEqual(result.console, [`it is ${REDACTED} {"s":"${REDACTED}"}`])
    assert.equal(result.samples.find(({ metric }) => metric === 'counted')?.tags['url'], `http://h/?t=${REDACTED}`)
    assert.match(result.errors[0] as string, /Error: bad \*\*\*SECRET_REDACTED\*\*\*/)
    for (const text of [
      result.stdout,
      JSON.stringify(result.log),
      JSON.stringify(result.samples),
      JSON.stringify(result.summary),
    ]) {
      assert.ok(!text.includes('hunter2'))
    }
  })

  it('MOD-05 a server gives secrets: headers, a path into the answer, one request for each, another try when it is busy', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['x-key']}`)
      const isFirst = asked.length === 1
      response.writeHead(isFirst ? 503 : request.url === '/s/none' ? 404 : 200)
      response.end(JSON.stringify({ data: { value: 'fromtheserver' } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s/{key}`
    const body = `for (let i = 0; i < 3; i++) console.log((await secrets.get('a b')).length, await secrets.get('a b')); await attempt(() => secrets.get('none'))`
    const { console, errors } = await runScript(script(body), {
      flags: ['--secret-source', `url=urlTemplate=${url},headers.X-Key=k,responsePath=data.value,retryBackoff=10ms`],
    })
    server.close()
    server.closeAllConnections()
    assert.deepEqual(errors, [])
    assert.deepEqual(console.slice(0, 3), Array(3).fill(`13 ${REDACTED}`))
    assert.match(console[3] as string, /^the secret "none" cannot be fetched: not found: http/)
    assert.deepEqual(asked, ['GET /s/a%20b k', 'GET /s/a%20b k', 'GET /s/none k'])
  })
})

describe('--secret-source', () => {
  const parse = (...lines: string[]) => parseSecretSources(lines, { cwd: '/', env: {} })

  it('what is wrong is an error that shows no value', () => {
    const texts: [string[], string][] = [
      [['vault=a=hidden'], 'no secret source for type "vault" for configuration "vault=a=…"'],
      [
        ['mock=default,a=b', 'mock=name=x,default,c=hidden'],
        `can't have two secret sources that are default ones, second one was "mock=name=…,default,c=…"`,
      ],
      [['mock=hidden'], 'parsing "hid…", needs ='],
      [['mock=a=b', 'mock=c=d'], 'there are two secret sources with the name "mock"'],
      [['file=/nowhere/secrets'], 'the secrets in "/nowhere/secrets" cannot be read: no such file or directory'],
      [['url=method=GET'], 'the secret source url needs a urlTemplate that is a URL with {key} in it'],
      [['url=urlTemplate=http://h/{key},timeout=soon'], 'timeout of the secret source url is no duration: "soon"'],
    ]
    for (const [lines, message] of texts) {
      assert.throws(() => parse(...lines), { code: 'ERR_SECRET_SOURCE', exitCode: 255, message })
    }
  })

  it('the source url takes from the environment what the flag does not say', () => {
    const [source] = parseSecretSources(['url'], {
      cwd: '/',
      env: {
        K6_SECRET_SOURCE_URL_URL_TEMPLATE: 'https://h/{key}',
        K6_SECRET_SOURCE_URL_TIMEOUT: '5s',
        K6_SECRET_SOURCE_URL_HEADER_1: 'Authorization: Bearer x',
      },
    })
    assert.ok(source?.content.kind === 'url')
    const { urlTemplate, timeout, headers } = source.content.url
    assert.deepEqual([urlTemplate, timeout, headers], ['https://h/{key}', 5000, { Authorization: 'Bearer x' }])
  })
})
