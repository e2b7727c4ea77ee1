/** `k6/net/grpc` against hostile servers: those of HTTP/2, and more. */
import { afterHttp2Request, GRPC_MODES, HTTP2_MODES, SETTINGS } from '../../helpers/hostile/http2.js'
import { suffers } from '../../helpers/hostile/play.js'

suffers('k6/net/grpc', {
  imports: `import grpc from 'k6/net/grpc'
    const client = new grpc.Client()
    client.load(['protos'], 'testing.proto')`,
  body: `client.connect(AT, { plaintext: true, timeout: PATIENCE })
    const r = client.invoke('testing.v1.Testing/Echo', {}, { timeout: PATIENCE })
    tell(r.status, r.error === null ? '' : r.error.message)
    stop = () => client.close()`,
  modes: { ...HTTP2_MODES, ...GRPC_MODES },
  server: { waitsFor: afterHttp2Request, greeting: SETTINGS },
})
