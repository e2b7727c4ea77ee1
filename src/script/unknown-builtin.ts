/**
 * What to say of an import that looks like a module of k6 and is none here.
 *
 * Shape   always begins with `unknown module "…"` or `the k6 module "…"`
 */
import { nearest } from '../base/nearest.js'

/** Modules that k6 had, has, or gets from extensions, and what to do without them. */
const ADVICE: Readonly<Record<string, string>> = {
  'k6/browser': 'is not part of sockeye, which tests servers and not pages',
  'k6/experimental/browser': 'is not part of sockeye, which tests servers and not pages',
  'k6/experimental/grpc': 'was removed from k6; k6/net/grpc took its place',
  'k6/experimental/redis': 'was removed from k6; packages such as ioredis, from npm, take its place',
  'k6/experimental/tracing': 'was removed from k6; set the header traceparent yourself',
}

/** Packages of npm that do what an extension does. */
const PACKAGES: Readonly<Record<string, string>> = {
  amqp: 'amqplib',
  dotenv: 'dotenv',
  faker: '@faker-js/faker',
  kafka: 'kafkajs',
  mqtt: 'mqtt',
  nats: '@nats-io/transport-node',
  redis: 'ioredis',
  sql: 'pg or mysql2',
}

export function unknownBuiltin(specifier: string, known: readonly string[]): string {
  const advice = ADVICE[specifier]
  if (advice !== undefined) return `the k6 module "${specifier}" ${advice}`
  const guess = guessed(specifier, known)
  if (guess !== undefined) return `unknown module "${specifier}"; did you mean "${guess}"?`
  const [, extension] = /^k6\/x\/([^/]+)/.exec(specifier) ?? []
  if (extension === undefined) return `unknown module "${specifier}"; there are ${known.join(', ')}`
  const instead = PACKAGES[extension] ?? 'packages from npm'
  return `unknown module "${specifier}": extensions of k6 are part of its program and cannot be loaded here; use ${instead} instead`
}

/** Slips in capitals, in the folder (`k6/tcp`), in the name itself, in that order. */
function guessed(specifier: string, known: readonly string[]): string | undefined {
  const lower = specifier.toLowerCase()
  const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1)
  return (
    known.find((name) => name === lower) ??
    known.find((name) => last(name) === last(lower)) ??
    nearest(lower, known) ??
    known.find((name) => name === `k6/${nearest(last(lower), known.map(last))}`)
  )
}
