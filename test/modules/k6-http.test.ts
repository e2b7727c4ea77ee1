import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('k6/http', () => {
  it('gives cookie jars, and requests in virtual users only', async () => {
    const { console, exitCode } = await runScript(
      `import http from 'k6/http'
      const attempt = (f) => { try { return f() } catch (e) { return e.name + ': ' + e.message } }
      const inInit = attempt(() => http.cookieJar())
      const requestInInit = attempt(() => http.get('http://a.test/'))
      export default function () {
        console.log(inInit)
        console.log(requestInInit)
        const jar = http.cookieJar()
        jar.set('http://a.test/', 'name', 'value')
        console.log(jar instanceof http.CookieJar, http.cookieJar() === jar, JSON.stringify(jar.cookiesForURL('http://a.test/x')))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [
      'GoError: Making cookie jars in the init context is not supported',
      'GoError: Making http requests in the init context is not supported',
      'true true {"name":["value"]}',
    ])
    assert.equal(exitCode, 0)
  })
})
