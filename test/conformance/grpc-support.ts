/** A gRPC server of `@grpc/grpc-js` with the service of `test/fixtures/grpc`, and scripts of `k6/net/grpc` that call it. */
import { readFileSync } from 'node:fs'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

const FOLDER = `${process.cwd()}/test/fixtures/grpc`

/** The proto files beside a script. */
export const PROTOS = {
  'protos/testing.proto': readFileSync(`${FOLDER}/testing.proto`, 'utf8'),
  'protos/common/types.proto': readFileSync(`${FOLDER}/common/types.proto`, 'utf8'),
}

const definition = loadSync('testing.proto', { includeDirs: [FOLDER], longs: String, keepCase: true })

interface Service {
  readonly testing: { readonly v1: { readonly Testing: { readonly service: grpc.ServiceDefinition } } }
}
const { service } = (grpc.loadPackageDefinition(definition) as unknown as Service).testing.v1.Testing

const health = loadSync('health.proto', { includeDirs: [FOLDER] })
interface HealthPackage {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: { readonly service: grpc.ServiceDefinition } } } }
}
const healthService = (grpc.loadPackageDefinition(health) as unknown as HealthPackage).grpc.health.v1.Health.service

export interface GrpcServer extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
  /** What came with the calls: method and metadata. */
  readonly calls: readonly { readonly path: string; readonly metadata: grpc.Metadata; readonly host: string }[]
  /** Names of methods whose calls were cancelled. */
  readonly cancelled: readonly string[]
  /** Connections so far. */
  readonly connections: () => number
}

export interface ServerOptions {
  readonly credentials?: grpc.ServerCredentials
  readonly reflects?: boolean
  readonly channel?: grpc.ServerOptions
}

type AnyCall = grpc.ServerUnaryCall<any, any> &
  grpc.ServerWritableStream<any, any> &
  grpc.ServerReadableStream<any, any> &
  grpc.ServerDuplexStream<any, any>

export async function grpcServer({ credentials, reflects, channel }: ServerOptions = {}): Promise<GrpcServer> {
  const calls: { path: string; metadata: grpc.Metadata; host: string }[] = []
  const cancelled: string[] = []
  const seen = (call: AnyCall): void => {
    calls.push({ path: call.getPath(), metadata: call.metadata, host: call.getHost() })
    peers.add(call.getPeer())
    call.on('cancelled', () => cancelled.push(call.getPath().split('/')[2]!))
  }
  const peers = new Set<string>()
  const server = new grpc.Server(channel)
  server.addService(
    service,
    untyped({
      Echo(call: AnyCall, done: grpc.sendUnaryData<unknown>) {
        seen(call)
        const head = new grpc.Metadata()
        for (const value of call.metadata.get('x-echo')) head.add('x-echo', value)
        for (const value of call.metadata.get('x-echo-bin')) head.add('x-echo-bin', value)
        call.sendMetadata(head)
        const trailers = new grpc.Metadata()
        trailers.add('x-trailer', 'end')
        done(null, call.request, trailers)
      },
      Fail(call: AnyCall, done: grpc.sendUnaryData<unknown>) {
        seen(call)
        const { code, message } = call.request
        const metadata = new grpc.Metadata()
        metadata.add('grpc-status-details-bin', DETAILS)
        done({ code, details: message, metadata }, null)
      },
      Silence: seen,
      Count(call: AnyCall) {
        seen(call)
        const { count = 0, size = 0, fail_with: failWith = 0 } = call.request
        const padding = Buffer.alloc(size)
        let sent = 0
        const send = (): void => {
          while (sent < count && !call.cancelled) {
            sent++
            if (!call.write({ value: sent, padding })) {
              call.once('drain', send)
              return
            }
          }
          if (failWith > 0) call.emit('error', { code: failWith, details: 'that was enough' })
          else call.end()
        }
        send()
      },
      Sum(call: AnyCall, done: grpc.sendUnaryData<unknown>) {
        seen(call)
        let sum = 0
        call.on('data', ({ value }: { value: string }) => {
          sum += Number(value)
        })
        call.on('end', () => done(null, { value: sum }))
      },
      Chat(call: AnyCall) {
        seen(call)
        call.on('data', ({ text }: { text: string }) => call.write({ text: text.toUpperCase() }))
        call.on('end', () => call.end())
      },
    }),
  )
  server.addService(
    healthService,
    untyped({
      Check(call: AnyCall, done: grpc.sendUnaryData<unknown>) {
        seen(call)
        const status = ({ '': 1, down: 2, unheard: 3, new: 0 } as Record<string, number>)[call.request.service ?? '']
        if (status === undefined) done({ code: 5, details: 'unknown service' }, null)
        else done(null, { status })
      },
    }),
  )
  if (reflects === true) new ReflectionService(definition).addToServer(server)
  const port = await new Promise<number>((resolve, reject) => {
    const given = credentials ?? grpc.ServerCredentials.createInsecure()
    server.bindAsync('127.0.0.1:0', given, (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  return {
    address: `127.0.0.1:${port}`,
    calls,
    cancelled,
    connections: () => peers.size,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}

/** The package has a type for each kind of call; tests have one for all. */
function untyped(handlers: object): grpc.UntypedServiceImplementation {
  return handlers as grpc.UntypedServiceImplementation
}

/** google.rpc.Status with one common.Point and one type that nobody knows. */
const DETAILS = Buffer.from(
  Buffer.concat([
    Buffer.from([0x08, 5]),
    any('type.googleapis.com/common.Point', Buffer.from([0x08, 3])),
    any('type.googleapis.com/other.Thing', Buffer.from([1, 2])),
  ]),
)

function any(url: string, value: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0x0a, url.length]),
    Buffer.from(url),
    Buffer.from([0x12, value.length]),
    value,
  ])
  return Buffer.concat([Buffer.from([0x1a, body.length]), body])
}

export interface GrpcOptions extends RunScriptOptions {
  readonly options?: object
  /** Code before the default function, behind the client's `load`. */
  readonly init?: string
  /** Instead of plaintext. */
  readonly connect?: object
  /** The script connects itself. */
  readonly isUnconnected?: boolean
  readonly more?: string
}

/** The script sees `client` (connected), `grpc`, `S` for the methods' service, `address`, `log`, `thrown`, `check`, `sleep`. */
export async function runGrpc(
  body: string,
  { address }: { readonly address: string },
  {
    options = {},
    init = '',
    connect = { plaintext: true },
    isUnconnected = false,
    more = '',
    ...rest
  }: GrpcOptions = {},
): Promise<ScriptResult> {
  const source = `
    import grpc from 'k6/net/grpc'
    import exec from 'k6/execution'
    import { check, group, sleep } from 'k6'
    const address = __ENV.ADDRESS
    const S = 'testing.v1.Testing'
    const log = (...parts) => console.log(parts.map((part) => typeof part === 'object' ? JSON.stringify(part) : String(part)).join(' '))
    const thrown = (f) => { try { f(); log('nothing thrown') } catch (e) { log(e.message) } }
    const client = new grpc.Client()
    client.load(['protos'], 'testing.proto')
    export const options = ${JSON.stringify(options)}
    ${init}
    export default function () {
      ${isUnconnected ? '' : `client.connect(address, ${JSON.stringify(connect)})`}
      ${body}
    }
    ${more}`
  return await runScript(source, {
    name: 'script.js',
    ...rest,
    files: { ...PROTOS, ...rest.files },
    env: { ADDRESS: address, ...rest.env },
  })
}
