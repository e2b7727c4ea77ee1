import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import type { LookupAddress } from 'node:dns'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { DnsPolicy } from '../../src/net/dns-options.js'
import {
  candidatesOf,
  createLookup,
  type LookupWorld,
  parseHostsFile,
  parseSearchRules,
} from '../../src/net/name-lookup.js'

type Answer = { error: string | null; addresses: string[] }

/** A name server that knows some names, says of others that there are none, and is silent about `*.silent`. */
async function nameServer(known: Record<string, string[]>) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port }) => {
    let at = 12
    const labels: string[] = []
    while (query[at] !== 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
      at += 1 + query[at]!
    }
    const name = labels.join('.')
    const type = query.readUInt16BE(at + 1)
    asked.push(`${type === 1 ? 'A' : 'AAAA'} ${name}`)
    if (name.endsWith('silent')) return
    const all = known[name]
    const addresses = (all ?? []).filter((address) => address.includes(':') === (type === 28))
    const answers = addresses.map((address) => {
      // The only IPv6 address of these tests is ::1.
      const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : Buffer.alloc(16).fill(1, 15)
      return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length]), data])
    })
    const head = Buffer.from(query.subarray(0, at + 5))
    head.writeUInt16BE(all === undefined ? 0x8183 : 0x8180, 2)
    head.writeUInt16BE(answers.length, 6)
    head.fill(0, 8, 12)
    socket.send(Buffer.concat([head, ...answers]), port, '127.0.0.1')
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { asked, address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() }
}

describe('looking up names', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof nameServer>>
  const systemNames: string[] = []
  /** What the system has not said yet. */
  const slowAnswers: (() => void)[] = []
  let isSystemSlow = false
  let world: LookupWorld

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'net-names-'))
    await writeFile(join(folder, 'hosts'), '127.0.0.7 given.test # by hand\n::1 given.test\n')
    await writeFile(join(folder, 'resolv.conf'), 'search here.test\noptions ndots:1\n')
    server = await nameServer({
      'both.test': ['10.0.0.1', '10.0.0.2', '::1'],
      'six.test': ['::1'],
      'short.here.test': ['10.0.0.3'],
    })
    world = {
      hostsFile: join(folder, 'hosts'),
      resolverFile: join(folder, 'resolv.conf'),
      servers: [server.address],
      attempts: { timeout: 50, tries: 1 },
      system(name, done) {
        systemNames.push(name)
        const known = name === 'only.system' ? [{ address: '10.9.9.9', family: 4 }] : []
        const answer = () => done(known.length > 0 ? null : Object.assign(new Error(), { code: 'ENOTFOUND' }), known)
        if (isSystemSlow) slowAnswers.push(answer)
        else setImmediate(answer)
      },
    }
  })

  after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  function ask(name: string, policy: DnsPolicy = 'preferIPv4', own: Partial<LookupWorld> = {}): Promise<Answer> {
    server.asked.length = 0
    return new Promise((resolve) => {
      createLookup(policy, { ...world, ...own })(name, (error, found: LookupAddress[]) =>
        resolve({ error: error?.code ?? null, addresses: found.map(({ address }) => address).sort() }),
      )
    })
  }

  it('finds what the hosts file says first, and follows its changes', async () => {
    assert.deepEqual(await ask('GIVEN.test'), { error: null, addresses: ['127.0.0.7', '::1'] })
    assert.deepEqual(await ask('localhost', 'any', { hostsFile: '/does/not/exist' }), {
      error: null,
      addresses: ['127.0.0.1', '::1'],
    })
    assert.deepEqual(server.asked, [])
    await writeFile(join(folder, 'more'), '10.1.1.1 a.test\n')
    await utimes(join(folder, 'more'), 1, 1)
    assert.deepEqual((await ask('a.test', 'any', { hostsFile: join(folder, 'more') })).addresses, ['10.1.1.1'])
  })

  it('asks name servers for the families that the policy can use, the preferred one first', async () => {
    assert.deepEqual((await ask('both.test')).addresses, ['10.0.0.1', '10.0.0.2'])
    assert.deepEqual(server.asked, ['A both.test'])
    assert.deepEqual((await ask('both.test', 'preferIPv6')).addresses, ['::1'])
    assert.deepEqual(server.asked, ['AAAA both.test'])
    assert.deepEqual((await ask('six.test')).addresses, ['::1'])
    assert.deepEqual(server.asked, ['A six.test', 'AAAA six.test'])
    assert.deepEqual((await ask('both.test', 'any')).addresses, ['10.0.0.1', '10.0.0.2', '::1'])
  })

  it('completes names with the search domains', async () => {
    assert.deepEqual((await ask('short')).addresses, ['10.0.0.3'])
    assert.deepEqual(server.asked, ['A short.here.test'])
  })

  it('asks the system for what name servers do not know, two names at a time', async () => {
    assert.deepEqual(await ask('only.system'), { error: null, addresses: ['10.9.9.9'] })
    systemNames.length = 0
    isSystemSlow = true
    const lookup = createLookup('onlyIPv4', world)
    const answered: string[] = []
    const all = ['a', 'b', 'c', 'd'].map(
      (name) =>
        new Promise<void>((resolve) =>
          lookup(`${name}.unknown.test`, (error) => {
            answered.push(`${name} ${error!.code}`)
            resolve()
          }),
        ),
    )
    // The name server has answered all four by now.
    while (server.asked.length < 4 || systemNames.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(systemNames.length, 2)
    while (answered.length < 4) {
      slowAnswers.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    isSystemSlow = false
    await Promise.all(all)
    assert.equal(systemNames.length, 4)
    assert.equal(answered.length, 4)
  })

  it('gives up a silent name server, and nobody else waits for it', async () => {
    systemNames.length = 0
    const lookup = createLookup('preferIPv4', { ...world, attempts: { timeout: 300, tries: 1 } })
    const order: string[] = []
    const look = (name: string) =>
      new Promise<void>((resolve) =>
        lookup(name, (error) => {
          order.push(`${name} ${error?.code ?? 'found'}`)
          resolve()
        }),
      )
    await Promise.all([...Array.from({ length: 20 }, (_, i) => look(`${i}.silent`)), look('both.test')])
    assert.equal(order[0], 'both.test found')
    assert.ok(
      order.slice(1).every((line) => line.endsWith(' ETIMEOUT')),
      order.join(),
    )
    assert.deepEqual(systemNames, [])
  })

  it('reads hosts files and search rules as the system does', () => {
    const names = parseHostsFile('# a\n127.0.0.1\tlocalhost  Box.\n\nfe80::1%eth0 box\n')
    assert.deepEqual(names.get('box'), [
      { address: '127.0.0.1', family: 4 },
      { address: 'fe80::1', family: 6 },
    ])
    const rules = parseSearchRules(
      'domain old.test\nsearch a.test b.test. # why\noptions rotate ndots:2\nnameserver 1.1.1.1\n',
    )
    assert.deepEqual(rules, { domains: ['a.test', 'b.test'], dots: 2 })
    assert.deepEqual(candidatesOf('x.y', rules), ['x.y.a.test', 'x.y.b.test', 'x.y'])
    assert.deepEqual(candidatesOf('x.y.z', rules), ['x.y.z', 'x.y.z.a.test', 'x.y.z.b.test'])
    assert.deepEqual(candidatesOf('x.', rules), ['x'])
  })
})
