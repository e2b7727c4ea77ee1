export interface ProxyServer {
  host: string
  port: number
}
