/** The transport of src/cluster on Debian's nats-server. Is skipped where that is not installed, unless SOCKEYE_DEBIAN_TESTS is set. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  createAccount,
  createOperator,
  createUser,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
} from '@nats-io/jwt'
import type { ClusterError } from '../../src/cluster/errors.js'
import { readNatsOptions } from '../../src/cluster/nats-options.js'
import { openNatsTransport } from '../../src/cluster/nats-transport.js'
import type { Transport } from '../../src/cluster/transport.js'
import type { NatsFlags } from '../../src/config/runtime.js'
import { freePort } from '../conformance/websockets-support.js'
import { FIXTURES } from './daemon.js'
import { type NatsServer, startNats, whyNoNats } from './nats-server.js'

const SERVER_TLS = `cert_file: "${FIXTURES}server.pem", key_file: "${FIXTURES}server.key"`
const CA = `${FIXTURES}ca.pem`
const CLIENT = { natsCert: `${FIXTURES}client.pem`, natsKey: `${FIXTURES}client.key` }
const RESTART_MS = 3000

interface Opened extends Transport, AsyncDisposable {}

async function open(nats: string, flags: NatsFlags = {}): Promise<Opened> {
  const options = readNatsOptions({ nats, ...flags }, {})
  assert.ok(options)
  const transport = await openNatsTransport(options, 'test')
  return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.close() })
}

async function refused(url: string, flags: NatsFlags, code: string, text: RegExp, hint: RegExp): Promise<void> {
  await assert.rejects(open(url, flags), (error: ClusterError) => {
    assert.equal(error.code, code, error.message)
    assert.match(error.message, text)
    assert.match(error.hint ?? '', hint)
    assert.equal(error.exitCode, 255)
    return true
  })
}

const bytes = (text: string): Uint8Array => Buffer.from(text)

/** What comes on a subject, as texts. */
function inbox(transport: Transport, subject: string) {
  const texts: string[] = []
  const waiting: (() => void)[] = []
  const stop = transport.subscribe(subject, (payload) => {
    texts.push(Buffer.from(payload).toString())
    for (const check of waiting) check()
  })
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (texts.length >= count) resolve()
      }
      waiting.push(check)
      check()
    })
  return { texts, until, stop }
}

/** Resolves when the connection is there, or away, as wanted. */
function connection(transport: Transport, wanted: boolean): Promise<void> {
  if (transport.isConnected === wanted) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = transport.onConnection((isConnected) => {
      if (isConnected !== wanted) return
      stop()
      resolve()
    })
  })
}

describe('NATS as the transport of a cluster', { skip: whyNoNats() }, () => {
  it('carries messages to whoever has subscribed, but for the sender', async () => {
    await using server = await startNats()
    await using one = await open(server.url)
    await using other = await open(server.url)
    const [mine, theirs, more] = [inbox(one, 'a.b'), inbox(other, 'a.b'), inbox(other, 'a.c')]
    await Promise.all([one.flush(), other.flush()])
    one.publish('a.b', bytes('1'))
    one.publish('a.c', bytes('2'))
    one.publish('a.d', bytes('3'))
    await Promise.all([theirs.until(1), more.until(1)])
    theirs.stop()
    await other.flush()
    one.publish('a.b', bytes('4'))
    one.publish('a.c', bytes('5'))
    await more.until(2)
    assert.deepEqual([mine.texts, theirs.texts, more.texts], [[], ['1'], ['2', '5']])
  })

  it('sends what was published before it is closed, and nothing afterwards', async () => {
    await using server = await startNats()
    await using one = await open(server.url)
    const { texts, until } = inbox(one, 'x')
    await one.flush()
    const other = await open(server.url)
    other.publish('x', bytes('last'))
    await other.close()
    await other.close()
    other.publish('x', bytes('too late'))
    assert.equal(other.isConnected, false)
    await until(1)
    assert.deepEqual(texts, ['last'])
  })

  it('keeps files larger than a message, byte by byte', async () => {
    await using server = await startNats({ config: 'max_payload: 64KB' })
    await using one = await open(server.url)
    await using other = await open(server.url)
    assert.equal(one.maxPayload, 65_536)
    assert.equal(await other.get('run-1'), undefined)
    await other.remove('run-1')
    const files = [randomBytes(3_000_001), Buffer.alloc(0), randomBytes(65_536), bytes('again')]
    for (const file of files) {
      await one.put('run-1', file)
      const found = await other.get('run-1')
      assert.ok(found !== undefined && Buffer.compare(found, file) === 0, `${file.length} bytes`)
    }
    await one.put('run-2', bytes('two'))
    await one.remove('run-1')
    assert.equal(await other.get('run-1'), undefined)
    assert.equal(Buffer.from((await other.get('run-2'))!).toString(), 'two')
  })

  it('takes a message of the largest size, and refuses a larger one', async () => {
    await using server = await startNats({ config: 'max_payload: 4KB' })
    await using one = await open(server.url)
    await using other = await open(server.url)
    const { texts, until } = inbox(other, 'x')
    await other.flush()
    one.publish('x', new Uint8Array(one.maxPayload))
    assert.throws(() => one.publish('x', new Uint8Array(one.maxPayload + 1)), /4097 bytes is too large/)
    await until(1)
    assert.equal(texts[0]?.length, 4096)
  })

  it('survives a server that is away for 3 s: subscriptions, files that are on their way, and files that lie there', async () => {
    await using server = await startNats()
    await using one = await open(server.url)
    await using other = await open(server.url)
    const changes: boolean[] = []
    one.onConnection((isConnected) => changes.push(isConnected))
    const { texts, until } = inbox(other, 'x')
    await one.put('before', bytes('was there'))
    const large = randomBytes(30_000_000)
    const storing = one.put('large', large)
    const restarting = server.restart(RESTART_MS)
    await Promise.all([connection(one, false), connection(other, false)])
    one.publish('x', bytes('lost'))
    await assert.rejects(one.flush(), { code: 'ERR_NATS_LOST' })
    const later = other.get('before')
    const late = inbox(other, 'y')
    await Promise.all([restarting, connection(one, true), connection(other, true)])
    await Promise.all([one.flush(), other.flush()])
    one.publish('x', bytes('after'))
    one.publish('y', bytes('subscribed meanwhile'))
    await Promise.all([until(1), late.until(1)])
    assert.deepEqual([texts, late.texts], [['after'], ['subscribed meanwhile']])
    assert.equal(Buffer.from((await later)!).toString(), 'was there')
    await storing
    assert.equal(Buffer.compare((await other.get('large'))!, large), 0)
    assert.deepEqual(changes, [false, true])
  })

  it('goes on receiving when a receiver throws, which is an exception that nobody caught', async (t) => {
    await using server = await startNats()
    await using one = await open(server.url)
    await using other = await open(server.url)
    other.subscribe('x', () => {
      throw new Error('of the receiver')
    })
    const { texts, until } = inbox(other, 'y')
    await other.flush()
    const later = t.mock.method(globalThis, 'setImmediate', () => undefined)
    one.publish('x', bytes('1'))
    one.publish('y', bytes('2'))
    await until(1)
    assert.deepEqual(texts, ['2'])
    const [call] = later.mock.calls
    later.mock.restore()
    assert.throws(call?.arguments[0] as () => void, /of the receiver/)
  })
})

describe('who may use a NATS server', { skip: whyNoNats() }, () => {
  it('is let in with a token, or with a name and a password, from a flag, a variable or the URL', async () => {
    await using tokens = await startNats({ config: 'authorization { token: "s3cret" }' })
    await using users = await startNats({ config: 'authorization { user: "load", password: "p:w" }' })
    const at = (credentials: string, { url }: NatsServer): string => url.replace('//', `//${credentials}@`)
    for (const transport of [
      open(tokens.url, { natsToken: 's3cret' }),
      open(at('s3cret', tokens)),
      open(users.url, { natsToken: 'load:p:w' }),
      open(at('load:p%3Aw', users)),
    ]) {
      await using opened = await transport
      await opened.flush()
    }
    const options = readNatsOptions({}, { SOCKEYE_NATS_URL: tokens.url, SOCKEYE_NATS_TOKEN: 's3cret' })
    await (await openNatsTransport(options!, 'test')).close()
  })

  it('is let in by the server of deploy/kubernetes with the token of its secret', async () => {
    const config = readFileSync(join('deploy', 'kubernetes', 'nats', 'nats.conf'), 'utf8')
    const token = 't0123456789abcdef'
    process.env['SOCKEYE_NATS_TOKEN'] = token
    // Ports and folders of its own.
    await using server = await startNats({ config: config.replace(/^(http_)?port: .*$|^jetstream \{[^}]*\}/gm, '') })
    delete process.env['SOCKEYE_NATS_TOKEN']
    await (await open(server.url, { natsToken: token })).close()
    await refused(server.url, {}, 'ERR_NATS_REFUSED', /without credentials/, /SOCKEYE_NATS_TOKEN/)
  })

  it('is told when credentials are wrong or missing, without repeating them', async () => {
    await using server = await startNats({ config: 'authorization { token: "s3cret" }' })
    const hint = /--nats-creds/
    await refused(server.url, {}, 'ERR_NATS_REFUSED', /lets in nobody without credentials/, hint)
    await refused(
      server.url,
      { natsToken: 'wr0ng' },
      'ERR_NATS_REFUSED',
      /^(?!.*wr0ng).*refuses these credentials/,
      hint,
    )
    const url = server.url.replace('//', '//wr0ng@')
    await refused(url, {}, 'ERR_NATS_REFUSED', /^(?!.*wr0ng).*refuses these credentials/, hint)
  })

  it('is let in with a credentials file', async () => {
    const { config, credentials } = await accountsByKeys()
    await using server = await startNats({ config })
    const file = join(server.folder, 'load.creds')
    await writeFile(file, credentials)
    await using transport = await open(server.url, { natsCreds: file })
    await transport.put('x', bytes('with JetStream'))
    await refused(server.url, {}, 'ERR_NATS_REFUSED', /without credentials/, /--nats-creds/)
    await refused(server.url, { natsCreds: CA }, 'ERR_NATS_OPTIONS', /is no credentials file/, /nsc/)
    await refused(server.url, { natsCreds: `${file}x` }, 'ERR_NATS_OPTIONS', /cannot be read/, /path/)
  })

  it('is let in with an nkey', async () => {
    const [user, stranger] = [createUser(), createUser()]
    await using server = await startNats({ config: `authorization { users: [{ nkey: ${user.getPublicKey()} }] }` })
    const [file, other] = ['user.nk', 'other.nk'].map((name) => join(server.folder, name)) as [string, string]
    await writeFile(file, `${Buffer.from(user.getSeed()).toString()}\n`)
    await writeFile(other, Buffer.from(stranger.getSeed()))
    await using transport = await open(server.url, { natsCreds: file })
    await transport.flush()
    await refused(server.url, { natsCreds: other }, 'ERR_NATS_REFUSED', /refuses these credentials/, /--nats-creds/)
  })

  it('is heard when the server forbids something', async () => {
    const permissions = 'publish: ["sockeye.>", "$JS.API.>"], subscribe: ["sockeye.>", "_INBOX.>"]'
    await using server = await startNats({
      config: `authorization { users: [{ user: "a", password: "b", permissions: { ${permissions} } }] }`,
    })
    await using transport = await open(server.url, { natsToken: 'a:b' })
    transport.subscribe('sockeye.x', () => {})
    await transport.flush()
    transport.subscribe('other.x', () => {})
    await assert.rejects(transport.flush(), (error: ClusterError) => {
      assert.equal(error.code, 'ERR_NATS_DENIED')
      assert.match(error.message, /other\.x/)
      return true
    })
    await assert.rejects(transport.put('x', bytes('1')), { code: 'ERR_NATS_DENIED' })
  })

  it('is refused where everybody is let in, unless that is on loopback or was said', async () => {
    await using server = await startNats({ host: '0.0.0.0' })
    await using guarded = await startNats({ host: '0.0.0.0', config: 'authorization { token: "s3cret" }' })
    await using halfOpen = await startNats({
      host: '0.0.0.0',
      config: 'authorization { users: [{ user: "a", password: "b" }, { user: "guest" }] }\nno_auth_user: guest',
    })
    const elsewhere = ({ port }: NatsServer): string => `nats://0.0.0.0:${port}`
    for (const open of [server, halfOpen]) {
      await refused(elsewhere(open), {}, 'ERR_NATS_OPEN', /lets in everybody/, /--insecure-nats/)
    }
    await refused(elsewhere(halfOpen), { natsToken: 'a:b' }, 'ERR_NATS_OPEN', /lets in everybody/, /--insecure-nats/)
    await refused(elsewhere(server), { natsToken: 'unasked' }, 'ERR_NATS_OPEN', /lets in everybody/, /distributed\.md/)
    await (await open(server.url)).close()
    await (await open(elsewhere(server), { insecureNats: true })).close()
    await (await open(elsewhere(guarded), { natsToken: 's3cret' })).close()
  })
})

describe('a NATS server that cannot be used', { skip: whyNoNats() }, () => {
  it('is not there, or is something else', async () => {
    const port = await freePort()
    await refused(`nats://127.0.0.1:${port}`, {}, 'ERR_NATS_CONNECT', /ECONNREFUSED/, /nats-server --jetstream/)
    await refused('nats://nobody.invalid', {}, 'ERR_NATS_CONNECT', /nobody\.invalid/, /--nats nats:/)
    const silent = createServer((socket: Socket) => socket.on('error', () => {}).resume())
    const talking = createServer((socket: Socket) =>
      socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    for (const [server, text] of [
      [silent, /does not answer as NATS does within 5 s/],
      [talking, /is not NATS/],
    ] as const) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      await refused(`127.0.0.1:${port}`, {}, 'ERR_NATS_CONNECT', text, /nats-server/)
      server.close()
    }
  })

  it('has no JetStream, or none for this account', async () => {
    await using none = await startNats({ hasJetStream: false })
    await refused(none.url, {}, 'ERR_NATS_NO_JETSTREAM', /has no JetStream/, /nats-server --jetstream/)
    await using other = await startNats({
      config: 'accounts { A: { users: [{ user: "a", password: "b" }] }, B: { jetstream: enabled } }',
    })
    await refused(other.url, { natsToken: 'a:b' }, 'ERR_NATS_NO_JETSTREAM', /has no JetStream/, /account/)
  })

  it('has no room for the script', async () => {
    await using server = await startNats({ hasJetStream: false, config: 'jetstream { max_mem: 1MB, max_file: 1MB }' })
    await using transport = await open(server.url)
    await assert.rejects(transport.put('x', randomBytes(4_000_000)), (error: ClusterError) => {
      assert.equal(error.code, 'ERR_NATS_FILE')
      assert.match(error.message, /insufficient|exceeded/)
      return true
    })
  })
})

describe('NATS with TLS', { skip: whyNoNats() }, () => {
  it('is trusted with its CA, and refused without', async () => {
    await using server = await startNats({ config: `tls { ${SERVER_TLS} }` })
    await using transport = await open(server.url, { natsCa: CA })
    await transport.put('x', randomBytes(200_000))
    await refused(server.url, {}, 'ERR_NATS_CONNECT', /no encrypted connection.*certificate/, /--nats-ca/)
    await refused(server.url, { natsCa: 'nowhere.pem' }, 'ERR_NATS_OPTIONS', /nowhere\.pem cannot be read/, /path/)
  })

  it('with a client certificate, which counts as authentication', async () => {
    const config = `tls { ${SERVER_TLS}, ca_file: "${CA}", verify: true }`
    await using server = await startNats({ host: '0.0.0.0', config })
    await using transport = await open(server.url, { natsCa: CA, ...CLIENT })
    await transport.flush()
    await refused(server.url, { natsCa: CA }, 'ERR_NATS_REFUSED', /wants a certificate/, /--nats-cert/)
  })

  it('is not given up for a server that has none', async () => {
    await using server = await startNats()
    const url = server.url.replace('nats:', 'tls:')
    await refused(url, {}, 'ERR_NATS_CONNECT', /does not support 'tls'/, /use nats:/)
  })
})

/** A server that knows accounts by their keys, and one user's credentials. */
async function accountsByKeys(): Promise<{ config: string; credentials: string }> {
  const [operator, account, system, user] = [createOperator(), createAccount(), createAccount(), createUser()]
  const limits = {
    mem_storage: -1,
    disk_storage: -1,
    streams: -1,
    consumer: -1,
    conn: -1,
    data: -1,
    subs: -1,
    payload: -1,
  }
  const id = account.getPublicKey()
  const operatorToken = await encodeOperator('operator', operator, { system_account: system.getPublicKey() })
  const accountToken = await encodeAccount('load', account, { limits }, { signer: operator })
  const systemToken = await encodeAccount('system', system, {}, { signer: operator })
  const userToken = await encodeUser('load', user, account, {})
  return {
    config: `operator: "${operatorToken}"\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY
      resolver_preload { ${id}: "${accountToken}", ${system.getPublicKey()}: "${systemToken}" }`,
    credentials: Buffer.from(fmtCreds(userToken, user)).toString(),
  }
}
