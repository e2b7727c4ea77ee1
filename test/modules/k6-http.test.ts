import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('k6/http', () => {
  it('gives cookie jars and refuses requests when they are made', async () => {
    const { console, exitCode } = await runScript(
      `import http, { get } from 'k6/http'
      const attempt = (f) => { try { return f() } catch (e) { return e.name + ': ' + e.message } }
      const inInit = attempt(() => http.cookieJar())
      export default function () {
        console.log(inInit)
        const jar = http.cookieJar()
        jar.set('http://a.test/', 'name', 'value')
        console.log(jar instanceof http.CookieJar, http.cookieJar() === jar, JSON.stringify(jar.cookiesForURL('http://a.test/x')))
        console.log(attempt(() => get('http://a.test/')))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [
      'GoError: getting cookie jars in the init context is not supported',
      'true true {"name":["value"]}',
      'GoError: k6/http requests are not supported by sockeye yet: it load-tests sockets. http.get() cannot be called; ' +
        'of k6/http there are CookieJar and cookieJar()',
    ])
    assert.equal(exitCode, 0)
  })
})
