/**
 * k6/http with Debian's nginx as server (HTTP/1.1, HTTP/2, TLS 1.2 and 1.3, client certificates, compression) and Squid as proxy.
 * Runs where the variable SOCKEYE_DEBIAN_TESTS is set and both are installed; a missing one is then a failure.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runHttp, type TestServer } from '../conformance/http-support.js'
import { freePort } from '../conformance/websockets-support.js'
import { runCli } from '../helpers/run-cli.js'
import { type Daemon, FIXTURES, startDaemon, startNginx } from './daemon.js'

const skip = process.env['SOCKEYE_DEBIAN_TESTS'] === undefined && 'SOCKEYE_DEBIAN_TESTS is not set'

function at(scheme: string, port: number): TestServer {
  const url = `${scheme}://127.0.0.1:${port}`
  return { url, port, connections: [], [Symbol.asyncDispose]: async () => {} }
}

const TLS = `ssl_certificate ${FIXTURES}server.pem; ssl_certificate_key ${FIXTURES}server.key;`

describe('nginx as an HTTP server', { skip }, () => {
  let nginx: Daemon
  const ports = { plain: 0, http2: 0, old: 0, client: 0 }

  before(async () => {
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
    const { plain, http2, old, client } = ports
    const text = `default_type text/plain; location / { return 200 "$request_method $request_uri $server_protocol $http_host"; }
      location /zip { gzip on; gzip_types text/plain; gzip_min_length 1; root .; try_files /large.txt =404; }
      location /far { return 307 /near; } location /large { root .; } location /close { keepalive_timeout 0; return 200 "closed"; }`
    nginx = await startNginx(
      `server { listen 127.0.0.1:${plain}; ${text} }
       server { listen 127.0.0.1:${http2} ssl http2; ${TLS} ssl_protocols TLSv1.3; ${text} }
       server { listen 127.0.0.1:${old} ssl; ${TLS} ssl_protocols TLSv1.2; ${text} }
       server { listen 127.0.0.1:${client} ssl; ${TLS} ssl_client_certificate ${FIXTURES}ca.pem; ssl_verify_client on;
         location / { return 200 "$ssl_client_s_dn"; } }`,
      [plain, http2, old, client],
    )
    execFileSync('sh', ['-c', `yes 0123456789abcde | head -c 2000000 > ${join(nginx.folder, 'large.txt')}`])
  })
  after(async () => await nginx?.stop())

  const BODY = `
    const r = http.post(url + '/a?b=1', 'body')
    log(r.status, r.body.replace(url.slice(url.indexOf('//') + 2), 'HOST'), r.proto, r.tls_version)
    log(http.post(url + '/far', 'x').body.split(' ').slice(0, 2).join(' '))
    const zip = http.get(url + '/zip', { headers: { 'Accept-Encoding': 'gzip' } })
    log(zip.headers['Content-Encoding'], zip.body.length, http.get(url + '/large.txt').body === zip.body)
    log(http.batch(Array(5).fill(url + '/x')).map((one) => one.status).join(), http.get(url + '/close').body, http.get(url + '/after').status)
    log(http.get(url + '/large.txt', { responseType: 'none' }).body, http.head(url + '/large.txt').headers['Content-Length'])`

  const rest = ['POST /near', 'gzip 2000000 true', '200,200,200,200,200 closed 200', 'null 2000000']

  it('speaks HTTP/1.1', async () => {
    const { console } = await runHttp(BODY, at('http', ports.plain))
    assert.deepEqual(console, ['200 POST /a?b=1 HTTP/1.1 HOST HTTP/1.1 ', ...rest])
  })

  it('speaks HTTP/2 over TLS 1.3', async () => {
    const { console } = await runHttp(BODY, at('https', ports.http2), { options: { insecureSkipTLSVerify: true } })
    assert.deepEqual(console, ['200 POST /a?b=1 HTTP/2.0 HOST HTTP/2.0 tls1.3', ...rest])
  })

  it('speaks TLS 1.2', async () => {
    const { console } = await runHttp(BODY, at('https', ports.old), { options: { insecureSkipTLSVerify: true } })
    assert.deepEqual(console, ['200 POST /a?b=1 HTTP/1.1 HOST HTTP/1.1 tls1.2', ...rest])
  })

  it('asks for a client certificate', async () => {
    const body = 'const r = http.get(url); log(r.status, r.body.trim())'
    const server = at('https', ports.client)
    const without = await runHttp(body, server, { options: { insecureSkipTLSVerify: true } })
    assert.match(without.console[0]!, /^400 /)
    const [cert, key] = await Promise.all(
      ['client.pem', 'client.key'].map((name) => readFile(join(FIXTURES, name), 'utf8')),
    )
    const options = { insecureSkipTLSVerify: true, tlsAuth: [{ cert, key }] }
    const { console } = await runHttp(body, server, { options })
    assert.match(console[0]!, /^200 CN=/)
  })
})

describe('Squid as a proxy', { skip }, () => {
  let nginx: Daemon
  let squid: Daemon
  const ports = { plain: 0, secure: 0, proxy: 0 }

  before(async () => {
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
    const { plain, secure, proxy } = ports
    const text = 'location / { return 200 "$http_host $http_via"; }'
    nginx = await startNginx(
      `server { listen 127.0.0.1:${plain}; ${text} } server { listen 127.0.0.1:${secure} ssl http2; ${TLS} ${text} }`,
      [plain, secure],
    )
    const password = execFileSync('openssl', ['passwd', '-apr1', 'pass'], { encoding: 'utf8' }).trim()
    squid = await startDaemon({
      command: 'squid',
      args: (folder) => ['-N', '-f', join(folder, 'squid.conf')],
      files: (folder) => ({
        users: `user:${password}\n`,
        hosts: '127.0.0.1 target.test\n',
        'squid.conf': `http_port 127.0.0.1:${proxy}
hosts_file ${join(folder, 'hosts')}
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${join(folder, 'users')}
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
access_log none
cache_log /dev/null
pid_filename none
shutdown_lifetime 0 seconds
`,
      }),
      ports: [proxy],
    })
  })
  after(async () => {
    await squid?.stop()
    await nginx?.stop()
  })

  async function through(credentials: string): Promise<string[]> {
    const script = `
      import http from 'k6/http'
      export const options = { insecureSkipTLSVerify: true }
      export default function () {
        for (const url of ['http://target.test:${ports.plain}/', 'https://target.test:${ports.secure}/']) {
          const r = http.get(url)
          console.log(r.status, r.error_code, r.error, r.proto, r.status === 200 ? r.body : '', r.remote_port === ${ports.proxy})
        }
      }`
    const proxy = `http://${credentials}@127.0.0.1:${ports.proxy}`
    const { stderr } = await runCli(['run', '-q', '--log-format', 'raw', 's.js'], {
      files: { 's.js': script },
      env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
    })
    return stderr.split('\n').filter((line) => /^\d/.test(line))
  }

  it('forwards http and tunnels https, with credentials', async () => {
    const [plain, secure] = await through('user:pass')
    assert.match(plain!, new RegExp(`^200 0 {2}HTTP/1.1 target\\.test:${ports.plain} 1\\.1 .*squid.* true$`))
    assert.equal(secure!.replace(/ +/g, ' '), `200 0 HTTP/2.0 target.test:${ports.secure} true`)
  })

  it('refuses without', async () => {
    const [plain, secure] = await through('user:wrong')
    assert.match(plain!, /^407 1407 /)
    assert.match(secure!, /^0 1000 Proxy Authentication Required/)
  })
})
