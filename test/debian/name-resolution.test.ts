/**
 * The option `dns` where it counts: the command as a process, the system's own resolver, names that have several addresses. Other
 * tests give the resolver made-up answers; here they come from an /etc/hosts and a name server that only this process sees. Runs
 * where SOCKEYE_DEBIAN_TESTS is set and a process may be given files of its own (see own-names.ts).
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { after, before, beforeEach, describe, it } from 'node:test'
import { dialScript, reportsOf } from '../conformance/net-support.js'
import { runCli } from '../helpers/run-cli.js'
import { Peer } from '../helpers/websocket-server.js'
import { nameServer } from './name-server.js'
import { type OwnNames, whyNoOwnNames, withOwnNames } from './own-names.js'
import { type ServerOnAll, serverOnAll } from './server-on-all.js'

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '::1']
const HOSTS = { 'both.test': ADDRESSES, 'four.test': ['127.0.0.2', '127.0.0.3'], 'six.test': ['::1'] }

interface Connecting {
  /** The option `dns`. */
  readonly dns?: object
  readonly iterations?: number
  /** An iteration lasts at least that long. */
  readonly minIterationDuration?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Answers for names that are not in HOSTS. */
  readonly nameServer?: OwnNames['nameServer']
}

const skip = process.env['SOCKEYE_DEBIAN_TESTS'] === undefined ? 'SOCKEYE_DEBIAN_TESTS is not set' : whyNoOwnNames()

/** Containers often have no IPv6, not even on loopback. */
const hasIPv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') === true
const skipIPv6 = !hasIPv6 && 'the loopback interface has no ::1 here'

describe('names that the system resolves', { skip }, () => {
  /** Addresses that were connected to, in order. */
  let dialled: string[] = []
  let echo: ServerOnAll
  let webSockets: ServerOnAll
  before(async () => {
    const served = ADDRESSES.filter((address) => hasIPv6 || address !== '::1')
    const record = (socket: Socket): void => void dialled.push(String(socket.localAddress))
    echo = await serverOnAll(served, (socket) => {
      record(socket)
      socket.pipe(socket)
    })
    webSockets = await serverOnAll(served, (socket) => {
      record(socket)
      new Peer(socket, {})
    })
  })
  after(async () => {
    await echo?.[Symbol.asyncDispose]()
    await webSockets?.[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    dialled = []
  })

  /** One virtual user connects to the name with k6/x/tcp, k6/ws and k6/websockets, one after the other, in every iteration. */
  async function connect(name: string, options: Connecting = {}): Promise<{ module: string; outcome: string }[]> {
    const { dns, iterations = 1, minIterationDuration, flags = [], env = {} } = options
    const targets = { tcp: `${name}:${echo.port}`, url: `ws://${name}:${webSockets.port}/` }
    const script = dialScript(targets, { vus: 1, iterations, minIterationDuration, dns })
    const { stderr, exitCode } = await withOwnNames({ hosts: HOSTS, nameServer: options.nameServer }, (startedBy) =>
      runCli(['run', '--throw', '--log-format', 'json', ...flags, 'script.js'], {
        files: { 'script.js': script },
        env,
        startedBy,
      }),
    )
    assert.equal(exitCode, 0, stderr)
    const reports = reportsOf(consoleLines(stderr)).map(([module, outcome]) => ({ module, outcome }))
    const modules = reports.map(({ module }) => module)
    assert.deepEqual(modules, Array(iterations).fill(['tcp', 'ws', 'websockets']).flat())
    return reports
  }

  async function connectWell(name: string, options: Connecting = {}): Promise<void> {
    for (const { module, outcome } of await connect(name, options)) assert.equal(outcome, 'ok', module)
  }

  for (const [policy, name] of [
    ['onlyIPv6', 'four.test'],
    ['onlyIPv4', 'six.test'],
  ] as const) {
    it(`NET-09 ${policy} finds no host for ${name}, which has addresses of the other family only`, async () => {
      for (const { module, outcome } of await connect(name, { dns: { policy } })) {
        assert.ok(outcome.endsWith(`lookup ${name}: no such host`), `${module}: ${outcome}`)
      }
      assert.deepEqual(dialled, [])
    })
  }

  it('NET-09 a name that nobody knows is no host for any policy', async () => {
    await using nobody = await nameServer(() => [])
    for (const { outcome } of await connect('nobody.test', { nameServer: nobody.address })) {
      assert.ok(outcome.endsWith('lookup nobody.test: no such host'), outcome)
    }
  })

  for (const [policy, name, address] of [
    ['preferIPv4', 'both.test', '127.0.0.2'],
    ['preferIPv4', 'six.test', '::1'],
    ['preferIPv6', 'both.test', '::1'],
    ['preferIPv6', 'four.test', '127.0.0.2'],
    ['onlyIPv4', 'both.test', '127.0.0.2'],
    ['onlyIPv6', 'both.test', '::1'],
  ] as const) {
    it(`NET-09 ${policy} takes ${address} as the first address of ${name}`, {
      skip: address === '::1' && skipIPv6,
    }, async () => {
      await connectWell(name, { dns: { policy, select: 'first' } })
      assert.deepEqual(dialled, [address, address, address])
    })
  }

  it('NET-09 any takes addresses of both families', { skip: skipIPv6 }, async () => {
    await connectWell('both.test', { dns: { policy: 'any', select: 'roundRobin' } })
    assert.deepEqual(dialled.toSorted(), ADDRESSES)
  })

  it('NET-10 first takes the first address every time, cached or not', async () => {
    for (const ttl of ['5m', '0']) await connectWell('four.test', { dns: { select: 'first', ttl }, iterations: 2 })
    assert.deepEqual(dialled, Array(12).fill('127.0.0.2'))
  })

  it('NET-10 roundRobin takes each address in turn, whichever module asks, cached or not', async () => {
    for (const ttl of ['5m', '0']) {
      dialled = []
      await connectWell('four.test', { dns: { select: 'roundRobin', ttl }, iterations: 2 })
      assert.deepEqual(dialled, ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3'])
    }
  })

  it('NET-10 random, the default, takes each of the addresses that the policy leaves', async () => {
    await connectWell('both.test', { iterations: 20 })
    assert.deepEqual([...new Set(dialled)].toSorted(), ['127.0.0.2', '127.0.0.3'])
  })

  it('NET-10 the flag --dns and K6_DNS choose like the option, and the flag comes before the option', {
    skip: skipIPv6,
  }, async () => {
    const dns = { policy: 'onlyIPv4', select: 'first' }
    await connectWell('both.test', { dns, flags: ['--dns', 'policy=onlyIPv6,select=first'] })
    await connectWell('both.test', { env: { K6_DNS: 'ttl=0,select=first,policy=preferIPv6' } })
    assert.deepEqual(dialled, Array(6).fill('::1'))
  })

  it('NET-11 by default one question is enough for a whole test', async () => {
    await using server = await nameServer((question) => [ADDRESSES[question % 2]!])
    await connectWell('cached.test', { iterations: 3, nameServer: server.address })
    assert.deepEqual(server.questions, ['cached.test'])
    assert.deepEqual(dialled, Array(9).fill('127.0.0.2'))
  })

  it('NET-11 ttl 0 asks for every connection and takes what it is told now', async () => {
    await using server = await nameServer((question) => [ADDRESSES[question % 2]!])
    await connectWell('fresh.test', { dns: { ttl: '0' }, iterations: 2, nameServer: server.address })
    assert.deepEqual(server.questions, Array(6).fill('fresh.test'))
    assert.deepEqual(dialled, ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3'])
  })

  it('NET-11 an address is asked for again when its ttl has passed, whatever its record says; with inf never', async () => {
    for (const [ttl, expected] of [
      ['100ms', '127.0.0.3'],
      ['inf', '127.0.0.2'],
    ] as const) {
      await using server = await nameServer((question) => [question === 0 ? '127.0.0.2' : '127.0.0.3'])
      dialled = []
      await connectWell('old.test', {
        dns: { ttl },
        iterations: 2,
        minIterationDuration: '1s',
        nameServer: server.address,
      })
      assert.equal(dialled[3], expected, `${ttl}: ${dialled.join()}`)
      if (ttl === 'inf') assert.equal(server.questions.length, 1)
    }
  })

  it('NET-11 that there is no such host is not kept', async () => {
    // Once by us and, as it may know other sources of names, once by the system.
    await using server = await nameServer((question) => (question < 2 ? [] : ['127.0.0.3']))
    const outcomes = (await connect('late.test', { nameServer: server.address })).map(({ outcome }) => outcome)
    assert.ok(outcomes[0]?.endsWith('lookup late.test: no such host'), outcomes[0])
    assert.deepEqual(outcomes.slice(1), ['ok', 'ok'])
    assert.deepEqual(dialled, ['127.0.0.3', '127.0.0.3'])
  })
})

function consoleLines(stderr: string): string[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ source }) => source === 'console')
    .map(({ msg }) => msg)
}
