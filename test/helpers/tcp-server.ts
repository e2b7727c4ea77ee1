/**
 * Loopback servers for tests of sockets, in the test's own thread: an echo (E), one that does what the test says (C), and a TLS
 * echo (T). Each remembers what every client did.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'

export interface TcpServer extends AsyncDisposable {
  readonly port: number
  /** In the order they came. */
  readonly clients: readonly Client[]
  /** The client with that number, from 0, once it is there. */
  client(number: number): Promise<Client>
}

/** One connection as the server saw it. */
export interface Client {
  readonly socket: Socket
  readonly remoteAddress: string | undefined
  /** Everything it sent so far. */
  readonly received: Buffer
  /** Resolves with `fin` or the code of the failure (`ECONNRESET`) once the client is gone. */
  readonly gone: Promise<string>
  readonly isGone: boolean
}

interface TlsClient {
  /** The server name it asked for; false without one. */
  readonly serverName: string | false
  readonly protocol: string | false
  readonly version: string | null
  /** Common name of its certificate. */
  readonly certificate: string | undefined
}

export interface TlsServer extends TcpServer {
  readonly handshakes: readonly TlsClient[]
}

/** Fixture E: sends back what it gets. */
export async function echoServer(host?: string): Promise<TcpServer> {
  return await scriptedServer(({ socket }) => socket.on('data', (chunk) => socket.write(chunk)), host)
}

/** Fixture C. Unless `serve` pauses the socket, what clients send is read and remembered. */
export async function scriptedServer(serve: (client: Client) => void, host = '127.0.0.1'): Promise<TcpServer> {
  const clients = new ClientList()
  const server = createServer({ noDelay: true }, (socket) => serve(clients.add(socket)))
  return await listen(server, clients, host)
}

/** Fixture T: an echo with the certificate for localhost and 127.0.0.1 that test/fixtures/tls/ca.pem has signed. */
export async function tlsEchoServer(options: TlsOptions = {}): Promise<TlsServer> {
  const clients = new ClientList()
  const handshakes: TlsClient[] = []
  const files = { cert: tlsFixture('server.pem'), key: tlsFixture('server.key') }
  const server = createTlsServer({ ...files, ALPNProtocols: ['h2', 'http/1.1'], ...options }, (socket) => {
    handshakes.push(describeTls(socket))
    clients.add(socket)
    socket.on('data', (chunk) => socket.write(chunk))
  })
  server.on('tlsClientError', () => {})
  return Object.assign(await listen(server, clients, '127.0.0.1'), { handshakes })
}

export function tlsFixture(name: string): string {
  return readFileSync(tlsFixturePath(name), 'utf8')
}

/** Compiled tests run in build/, the fixtures stay where they are. */
function tlsFixturePath(name: string): string {
  return join(process.cwd(), 'test', 'fixtures', 'tls', name)
}

/** A port on 127.0.0.1 that nobody listens on. */
export async function refusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function describeTls(socket: TLSSocket): TlsClient {
  const { servername } = socket as TLSSocket & { servername?: string | false }
  const certificate = socket.getPeerCertificate()
  return {
    serverName: servername ?? false,
    protocol: socket.alpnProtocol ?? false,
    version: socket.getProtocol(),
    certificate: certificate?.subject === undefined ? undefined : String(certificate.subject.CN),
  }
}

async function listen(server: Server, clients: ClientList, host: string): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen({ port: 0, host, backlog: 1024 })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    clients: clients.all,
    client: (number) => clients.wait(number),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class ClientList {
  readonly all: Client[] = []
  readonly #waiting: (() => void)[] = []

  add(socket: Socket): Client {
    const client = new RecordedClient(socket)
    this.all.push(client)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return client
  }

  async wait(number: number): Promise<Client> {
    while (this.all.length <= number) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.all[number] as Client
  }
}

class RecordedClient implements Client {
  readonly socket: Socket
  readonly remoteAddress: string | undefined
  readonly gone: Promise<string>
  isGone = false
  readonly #chunks: Buffer[] = []

  constructor(socket: Socket) {
    this.socket = socket
    this.remoteAddress = socket.remoteAddress
    socket.on('data', (chunk) => this.#chunks.push(chunk))
    this.gone = new Promise((resolve) => {
      const end = (how: string): void => {
        this.isGone = true
        resolve(how)
      }
      socket.on('end', () => end('fin'))
      socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
      socket.on('close', () => end('closed'))
    })
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** RST without a FIN before it, which resetAndDestroy() may send. */
export function reset(socket: Socket): void {
  const { _handle } = socket as unknown as { _handle: { reset(done: () => void): void } }
  _handle.reset(() => socket.destroy())
}
