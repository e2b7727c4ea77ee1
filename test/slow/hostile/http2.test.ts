/** HTTP/2 of `k6/http`, `fetch` and `node:http2` against hostile servers. */
import { afterHttp2Request, HTTP2_MODES } from '../../helpers/hostile/http2.js'
import { FETCH, K6_HTTP, suffers } from '../../helpers/hostile/play.js'

const plain = { modes: HTTP2_MODES, server: { waitsFor: afterHttp2Request } }
const secure = { modes: HTTP2_MODES, server: { waitsFor: afterHttp2Request, alpn: ['h2'] } }

suffers('k6/http over HTTP/2', {
  imports: "import http from 'k6/http'; const URL_ = 'https://' + AT",
  body: K6_HTTP,
  ...secure,
})

suffers('fetch over HTTP/2', { imports: "const URL_ = 'https://' + AT", body: FETCH, ...secure })

suffers('node:http2', {
  imports: "import { connect } from 'node:http2'",
  body: `await limit(new Promise((resolve, reject) => {
    const session = connect('http://' + AT)
    session.on('error', reject)
    const request = session.request({ ':path': '/' })
    let status, bytes = 0
    request.on('response', (headers) => { status = headers[':status'] })
    request.on('data', (chunk) => { bytes += chunk.length })
    request.on('error', reject)
    request.on('close', () => { session.close(); resolve(tell(status, bytes, request.rstCode)) })
    stop = () => session.destroy()
  }))`,
  ...plain,
})
