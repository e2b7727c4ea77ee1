/** k6/ws: ways to the server that are not in the URL: hosts, source addresses, proxies (NET-01, NET-14, and the proxy variables). */
import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { webSocketServer } from '../helpers/websocket-server.js'
import { runSession } from './ws-support.js'

const ECHO_ONCE = `(socket) => {
  socket.on('open', () => socket.send('x'))
  socket.on('message', (text) => { log(text); socket.close() })
}`

describe('k6/ws: routes', () => {
  it('NET-01 hosts maps a name; Host header and url tag keep it', async () => {
    await using server = await webSocketServer()
    const { console, peers, samples } = await runSession(
      `ws.connect('ws://Chat.test:${server.port}/', ${ECHO_ONCE})`,
      server,
      {
        samples: true,
        options: { hosts: { 'chat.test': '127.0.0.1' } },
      },
    )
    assert.deepEqual(console, ['x'])
    assert.equal(peers[0]!.header('Host'), `Chat.test:${server.port}`)
    assert.equal(samples.find(({ metric }) => metric === 'ws_sessions')?.tags['url'], `ws://Chat.test:${server.port}/`)
  })

  it('NET-14 connects from the address of the VU', async () => {
    const { peers } = await runSession(`ws.connect(url, ${ECHO_ONCE})`, {}, { flags: ['--local-ips', '127.0.0.2'] })
    assert.equal(peers[0]!.remoteAddress, '127.0.0.2')
  })

  it('goes through the proxy that the environment names, but not to loopback addresses', async () => {
    await using server = await webSocketServer()
    const requests: string[] = []
    const proxy = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (head) => {
        requests.push(head.toString().split('\r\n')[0]!)
        const upstream = connect(server.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
          socket.pipe(upstream).pipe(socket)
        })
        upstream.on('error', () => socket.destroy())
      })
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    try {
      const body = `ws.connect('ws://far.test/', ${ECHO_ONCE}); ws.connect(url, ${ECHO_ONCE})`
      const { console } = await runSession(body, server)
      assert.deepEqual(console, ['x', 'x'])
      assert.deepEqual(requests, ['CONNECT far.test:80 HTTP/1.1'])
    } finally {
      delete process.env['HTTP_PROXY']
      proxy.close()
    }
  })
})
