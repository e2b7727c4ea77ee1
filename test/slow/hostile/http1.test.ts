/** HTTP/1.1 of `k6/http`, `fetch` and `node:http` against hostile servers. */
import { afterRequest, HTTP1_MODES } from '../../helpers/hostile/http1.js'
import { FETCH, K6_HTTP, suffers } from '../../helpers/hostile/play.js'

const server = { modes: HTTP1_MODES, server: { waitsFor: afterRequest } }

suffers('k6/http over HTTP/1.1', {
  imports: "import http from 'k6/http'; const URL_ = 'http://' + AT",
  body: K6_HTTP,
  ...server,
})

suffers('fetch over HTTP/1.1', { imports: "const URL_ = 'http://' + AT", body: FETCH, ...server })

suffers('node:http', {
  imports: "import { get } from 'node:http'",
  body: `await limit(new Promise((resolve, reject) => {
    const request = get({ port: PORT, host: '127.0.0.1' }, (response) => {
      let bytes = 0
      response.on('data', (chunk) => { bytes += chunk.length })
      response.on('end', () => resolve(tell(response.statusCode, bytes)))
      response.on('error', reject)
    })
    request.on('error', reject)
    stop = () => request.destroy()
  }))`,
  ...server,
})
