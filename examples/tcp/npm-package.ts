/**
 * An npm package in a test. Services behind a load balancer learn the client's address from a PROXY protocol header that comes
 * before everything else; this test builds that header (version 2, binary) with addresses that `ipaddr.js` reads and writes.
 *
 *   npm install ipaddr.js
 *   sockeye run --echo examples/tcp/npm-package.ts
 *
 * Packages are found in node_modules beside the script or above it, and bundled with it.
 */
import ipaddr from 'ipaddr.js'
import { check } from 'k6'
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    tcp_reads: ['count>=4'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = Number(__ENV.TCP_ECHO_PORT || 7007)
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const HEADER_SIZE = 28

export default async function () {
  // Every iteration comes from another client of 203.0.113.0/24.
  const client = `203.0.113.${1 + (exec.scenario.iterationInTest % 254)}`
  const socket = new Socket()
  const received: number[] = []

  socket.on('data', (data) => {
    received.push(...data)
    if (received.length < HEADER_SIZE) return
    check(received, {
      'the header is intact': (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte),
      'the client is who we said': (bytes) => ipaddr.fromByteArray(bytes.slice(16, 20)).toString() === client,
    })
    socket.destroy()
  })

  await socket.connect(PORT, HOST)
  await socket.write(proxyHeader(client, '198.51.100.7', 40_000, PORT))
}

/** A PROXY protocol v2 header for TCP over IPv4. */
function proxyHeader(from: string, to: string, fromPort: number, toPort: number): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE)
  header.set([...SIGNATURE, 0x21, 0x11, 0, 12])
  header.set(ipaddr.parse(from).toByteArray(), 16)
  header.set(ipaddr.parse(to).toByteArray(), 20)
  const view = new DataView(header.buffer)
  view.setUint16(24, fromPort)
  view.setUint16(26, toPort)
  return header
}
