/**
 * The options that concern connections, checked and brought into a form that can be sent to the shards.
 *
 * Shape   NetworkOptions is plain data (structured clone); the Dialer makes matchers and contexts of it
 * Errors  NetworkOptionError: message in k6's words, the option's name, exit code, often a hint
 */

import { parseBlacklistIPs, parseBlockHostnames } from './blocking.js'
import { type DnsOptions, parseDns } from './dns-options.js'
import { type HostMapping, parseHosts } from './hosts.js'
import { parseLimits, type RawLimits, type SocketLimits } from './limits.js'
import { parseCipherSuites, parseTlsAuth, parseTlsVersion, type TlsOptions } from './tls-options.js'

/** As they come from script, file, environment and flags. Missing and null mean the default. */
export interface RawNetworkOptions extends RawLimits {
  hosts?: unknown
  blockHostnames?: unknown
  blacklistIPs?: unknown
  dns?: unknown
  tlsVersion?: unknown
  tlsCipherSuites?: unknown
  tlsAuth?: unknown
  insecureSkipTLSVerify?: unknown
}

export interface NetworkOptions {
  hosts: HostMapping[]
  blockHostnames: string[]
  blacklistIPs: string[]
  dns: DnsOptions
  tls: TlsOptions
  limits: SocketLimits
  /** For the user, once per test: options that are accepted, but do less than one may think. */
  warnings: string[]
}

export function parseNetworkOptions(raw: RawNetworkOptions): NetworkOptions {
  const warnings: string[] = []
  return {
    hosts: parseHosts(raw.hosts),
    blockHostnames: parseBlockHostnames(raw.blockHostnames),
    blacklistIPs: parseBlacklistIPs(raw.blacklistIPs),
    dns: parseDns(raw.dns),
    tls: {
      insecureSkipVerify: Boolean(raw.insecureSkipTLSVerify),
      ...parseTlsVersion(raw.tlsVersion),
      cipherSuites: parseCipherSuites(raw.tlsCipherSuites, warnings),
      clientCertificates: parseTlsAuth(raw.tlsAuth, warnings),
    },
    limits: parseLimits(raw),
    warnings,
  }
}
