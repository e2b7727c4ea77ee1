/**
 * The services of a server and their messages: read from .proto files, from a set of descriptors, or asked from the server itself.
 *
 * Shape   all VUs of a thread that load the same files share one schema; it is not changed
 * Errors  HostError that names the file, and the line of a syntax error
 * Source  docs/spec/http.md §25.1
 */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Namespace, Root, Service, Type } from 'protobufjs'
import { HostError } from '../../vu/host-error.js'
import type { WorldEnvironment } from '../world.js'
import { packages } from './protobuf.js'

export interface GrpcMethod {
  /** `/pkg.Service/Method` */
  readonly path: string
  readonly package: string
  /** Without its package. */
  readonly service: string
  readonly name: string
  readonly requestType: Type
  readonly responseType: Type
  readonly isClientStream: boolean
  readonly isServerStream: boolean
}

/** What `load` returns to the script. */
export interface MethodInfo {
  readonly package: string
  readonly service: string
  readonly name: string
  readonly full_method: string
  readonly is_client_stream: boolean
  readonly is_server_stream: boolean
}

export interface Schema {
  readonly root: Root
  readonly methods: ReadonlyMap<string, GrpcMethod>
}

const known = new WeakMap<WorldEnvironment, Map<string, Schema>>()

function once(environment: WorldEnvironment, key: string, make: () => Schema): Schema {
  let schemas = known.get(environment)
  if (schemas === undefined) {
    schemas = new Map()
    known.set(environment, schemas)
  }
  let schema = schemas.get(key)
  if (schema === undefined) {
    schema = make()
    schemas.set(key, schema)
  }
  return schema
}

export function infosOf({ methods }: Schema): MethodInfo[] {
  return [...methods.values()].map((method) => ({
    package: method.package,
    service: method.service,
    name: method.name,
    full_method: method.path,
    is_client_stream: method.isClientStream,
    is_server_stream: method.isServerStream,
  }))
}

/** Looks for the files in each of the folders. Relative folders begin at that of the script. */
export function schemaOfFiles(
  environment: WorldEnvironment,
  importPaths: readonly string[],
  files: readonly string[],
): Schema {
  return once(environment, JSON.stringify(['files', importPaths, files]), () => {
    const folders = importPaths.length === 0 ? ['.'] : importPaths
    const { Root } = packages().protobuf
    const loader = new ProtoLoader(environment, folders, new Root())
    for (const file of files) loader.load(file, null)
    return schemaOf(loader.root)
  })
}

/** A file with a `FileDescriptorSet`, as `protoc --descriptor_set_out` writes it. */
export function schemaOfProtoset(environment: WorldEnvironment, path: string): Schema {
  return once(environment, JSON.stringify(['set', path]), () => {
    const opened = environment.openShared(path)
    if (!('content' in opened)) {
      const reason = opened.reason === 'folder' ? 'is a directory' : 'no such file or directory'
      throw new HostError(`couldn't open protoset: open ${opened.path}: ${reason}`)
    }
    try {
      return schemaOf(packages().protobuf.Root.fromDescriptor(opened.content))
    } catch (error) {
      throw new HostError(`couldn't unmarshal protoset file ${path}: ${(error as Error).message}`)
    }
  })
}

/** `files`: the descriptors that a server has sent, each an encoded `FileDescriptorProto`, by file name. */
export function schemaOfDescriptors(environment: WorldEnvironment, files: ReadonlyMap<string, Uint8Array>): Schema {
  const hash = createHash('sha256')
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes)
  for (const bytes of sorted) hash.update(String(bytes.length)).update(bytes)
  return once(environment, `reflected ${hash.digest('hex')}`, () => {
    const { protobuf } = packages()
    const writer = protobuf.Writer.create()
    for (const bytes of sorted) writer.uint32(0x0a).bytes(bytes)
    return schemaOf(protobuf.Root.fromDescriptor(writer.finish()))
  })
}

class ProtoLoader {
  readonly root: Root
  readonly #environment: WorldEnvironment
  readonly #folders: readonly string[]
  readonly #loaded = new Set<string>()

  constructor(environment: WorldEnvironment, folders: readonly string[], root: Root) {
    this.#environment = environment
    this.#folders = folders
    this.root = root
  }

  load(file: string, importedBy: string | null): void {
    if (this.#loaded.has(file)) return
    this.#loaded.add(file)
    const found = this.#find(file)
    if (typeof found !== 'string') {
      const { protobuf } = packages()
      const common = protobuf.common.get(file)
      if (common?.nested !== undefined) this.root.addJSON(common.nested)
      else {
        const by = importedBy === null ? '' : `, which ${importedBy} imports`
        throw new HostError(`stat ${found.wanted}: no such file or directory${by}`)
      }
      return
    }
    for (const imported of this.#parse(file, found)) this.load(imported, file)
  }

  #parse(file: string, text: string): string[] {
    try {
      const { imports = [], weakImports = [] } = packages().protobuf.parse(text, this.root)
      return [...imports, ...weakImports]
    } catch (error) {
      const { message } = error as Error
      const [, what = message, line] = /^(.*) \(line (\d+)\)$/s.exec(message) ?? []
      throw new HostError(`${file}${line === undefined ? '' : `:${line}`}: ${what}`)
    }
  }

  /** The text of the file; for a file that is not there, the first path that was tried. */
  #find(file: string): string | { readonly wanted: string } {
    let wanted = file
    for (const folder of this.#folders) {
      const opened = this.#environment.openShared(posix.isAbsolute(file) ? file : posix.join(folder, file))
      if ('content' in opened) return Buffer.from(opened.content).toString('utf8')
      if (wanted === file) wanted = opened.path
    }
    return { wanted }
  }
}

function schemaOf(root: Root): Schema {
  try {
    root.resolveAll()
  } catch (error) {
    throw new HostError(`the proto files do not fit together: ${(error as Error).message}`)
  }
  const methods = new Map<string, GrpcMethod>()
  for (const service of servicesIn(root)) for (const method of methodsOf(service)) methods.set(method.path, method)
  return { root, methods }
}

function* servicesIn(namespace: Namespace): Generator<Service> {
  const { Namespace: AnyNamespace, Service: AnyService } = packages().protobuf
  for (const nested of namespace.nestedArray) {
    if (nested instanceof AnyService) yield nested
    if (nested instanceof AnyNamespace) yield* servicesIn(nested)
  }
}

function methodsOf(service: Service): GrpcMethod[] {
  const fullName = service.fullName.replace(/^\./, '')
  const packageName = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')))
  return service.methodsArray.map((method) => {
    method.resolve()
    return {
      path: `/${fullName}/${method.name}`,
      package: packageName,
      service: service.name,
      name: method.name,
      requestType: method.resolvedRequestType!,
      responseType: method.resolvedResponseType!,
      isClientStream: method.requestStream === true,
      isServerStream: method.responseStream === true,
    }
  })
}
