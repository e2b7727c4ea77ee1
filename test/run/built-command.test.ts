/** What only the bundles in dist can get wrong. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCli } from '../helpers/run-cli.js'

describe('the built command', () => {
  it('keeps the names of the classes that scripts and libraries see', async () => {
    const script = `
      import { SharedArray } from 'k6/data'
      import http from 'k6/http'
      import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
      import { WebSocket as K6WebSocket, Blob as K6Blob } from 'k6/websockets'
      import { Socket } from 'k6/x/tcp'
      export default async function () {
        const error = await new Socket().connect(1, '127.0.0.1').catch((error) => error)
        const classes = [
          SharedArray, http.CookieJar, Counter, Gauge, Rate, Trend, K6WebSocket, K6Blob, Socket, error.constructor,
          WebSocket, Blob, MessageEvent, CloseEvent, ErrorEvent, self.constructor,
        ]
        console.log('names: ' + classes.map(({ name }) => name).join(' '))
      }`
    const { stderr } = await runCli(['run', 'script.js'], { files: { 'script.js': script } })
    const expected =
      'SharedArray CookieJar Counter Gauge Rate Trend WebSocket Blob Socket TCPError ' +
      'WebSocket Blob MessageEvent CloseEvent ErrorEvent WorkerGlobalScope'
    assert.ok(stderr.includes(`names: ${expected}"`), stderr)
  })

  it('loads what it needs late: for archives, and for compressed outputs', async () => {
    const files = { 'script.js': 'export default function () {}' }
    const archive = await runCli(['archive', 'script.js', '-O', '-'], { files })
    assert.equal(archive.exitCode, 0, archive.stderr)
    assert.match(archive.stdout, /ustar/)
    const run = await runCli(['run', 'script.js', '--out', 'json=out.json.gz'], { files })
    assert.equal(run.exitCode, 0, run.stderr)
  })
})
