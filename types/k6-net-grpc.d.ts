/** What @types/k6 leaves out of k6/net/grpc. */
import 'k6/net/grpc'

declare module 'k6/net/grpc' {
  export interface MethodInfo {
    package: string
    /** Without its package. */
    service: string
    name: string
    /** `/pkg.Service/Method` */
    full_method: string
    is_client_stream: boolean
    is_server_stream: boolean
  }

  export interface ConnectParams {
    /** Instead of the address, for `:authority` and the name in the certificate. */
    authority?: string
  }

  export interface Params {
    /** Instead of the connection's. */
    authority?: string
  }

  export interface HealthCheckResponse {
    /** To compare with the constants `HealthCheck…`; a number, though @types/k6 calls the constants strings. */
    status: number | string
  }

  export interface Client {
    /** Null: files are looked for beside the script. */
    load(importPaths: string[] | null, ...protoFiles: string[]): MethodInfo[]
    loadProtoset(protosetPath: string): MethodInfo[]
  }
}
