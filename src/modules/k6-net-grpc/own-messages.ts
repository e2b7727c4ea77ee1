/**
 * The messages of health checks, of reflection and of status details. Scripts need not load them.
 *
 * Source  grpc/health/v1/health.proto, grpc/reflection/v1/reflection.proto, google/rpc/status.proto
 */
import type { Type } from 'protobufjs'
import { packages } from './protobuf.js'

const MESSAGES = {
  HealthCheckRequest: { service: ['string', 1] },
  HealthCheckResponse: { status: ['int32', 1] },
  ServerReflectionRequest: {
    fileByFilename: ['string', 3],
    fileContainingSymbol: ['string', 4],
    listServices: ['string', 7],
  },
  ServerReflectionResponse: {
    originalRequest: ['ServerReflectionRequest', 2],
    fileDescriptorResponse: ['FileDescriptorResponse', 4],
    listServicesResponse: ['ListServiceResponse', 6],
    errorResponse: ['ErrorResponse', 7],
  },
  FileDescriptorResponse: { fileDescriptorProto: ['bytes', 1, 'repeated'] },
  ListServiceResponse: { service: ['ServiceResponse', 1, 'repeated'] },
  ServiceResponse: { name: ['string', 1] },
  ErrorResponse: { errorCode: ['int32', 1], errorMessage: ['string', 2] },
  Status: { code: ['int32', 1], message: ['string', 2], details: ['Any', 3, 'repeated'] },
  Any: { typeUrl: ['string', 1], value: ['bytes', 2] },
} as const satisfies Record<string, Record<string, readonly [type: string, id: number, rule?: 'repeated']>>

let types: Record<string, Type> | null = null

export function ownType(name: keyof typeof MESSAGES): Type {
  types ??= makeTypes()
  return types[name]!
}

function makeTypes(): Record<string, Type> {
  const { Root } = packages().protobuf
  const nested = Object.entries(MESSAGES).map(([name, fields]) => {
    const entries = Object.entries(fields as Record<string, readonly [string, number, string?]>)
    return [name, { fields: Object.fromEntries(entries.map(([key, [type, id, rule]]) => [key, { type, id, rule }])) }]
  })
  const root = Root.fromJSON({ nested: Object.fromEntries(nested) }).resolveAll()
  return Object.fromEntries(Object.keys(MESSAGES).map((name) => [name, root.lookupType(name)]))
}
