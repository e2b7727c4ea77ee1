/**
 * The sources of secrets: `--secret-source` is parsed into plain data, which is sent to the threads; there sources are made of it.
 *
 *   mock=[name=…,][default,]key=value,…        file=[name=…,][default,]path
 *   url=[name=…,][default,]urlTemplate=https://…/{key},headers.NAME=…,responsePath=data.value,…
 *
 * Errors  SecretSourceError (ERR_SECRET_SOURCE, exit 255) for a configuration that is wrong; HostError for what a script asks for
 * Source  docs/spec/http.md §24.4, docs/spec/metrics-and-modules.md §7.9
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemErrorText } from '../../base/system-error.js'
import { HostError } from '../../vu/host-error.js'
import { SecretSourceError } from './secret-source-error.js'
import { readUrlConfig, UrlSource, type UrlSourceConfig } from './url-source.js'

/** Plain data, because it is sent to other threads. */
export interface SecretSourceConfig {
  readonly name: string
  readonly isDefault: boolean
  readonly content:
    | { readonly kind: 'values'; readonly values: Readonly<Record<string, string>> }
    | { readonly kind: 'url'; readonly url: UrlSourceConfig }
}

interface ParseOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export function parseSecretSources(lines: readonly string[], options: ParseOptions): SecretSourceConfig[] {
  const sources = lines.map((line) => parseSource(line, options))
  const [only] = sources
  // A script does not have to name the only source.
  if (sources.length === 1 && only !== undefined) return [{ ...only, isDefault: true }]
  const defaults = sources.flatMap(({ isDefault }, i) => (isDefault ? [lines[i] as string] : []))
  if (defaults.length > 1) {
    throw new SecretSourceError(
      `can't have two secret sources that are default ones, second one was "${withoutValues(defaults[1] as string)}"`,
    )
  }
  const names = sources.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new SecretSourceError(`there are two secret sources with the name "${twice}"`, 'give each a name=…')
  }
  return sources
}

function parseSource(line: string, options: ParseOptions): SecretSourceConfig {
  const [, type = '', rest = ''] = /^([^=]*)=?(.*)$/s.exec(line) ?? []
  if (type !== 'mock' && type !== 'file' && type !== 'url') {
    throw new SecretSourceError(
      `no secret source for type "${type}" for configuration "${withoutValues(line)}"`,
      'the types are mock, file and url',
    )
  }
  let name: string = type
  let isDefault = false
  const entries: string[] = []
  for (const entry of rest.split(',')) {
    if (entry.startsWith('name=')) name = entry.slice('name='.length)
    else if (entry === 'default') isDefault = true
    else if (entry !== '') entries.push(entry)
  }
  return { name, isDefault, content: contentOf(type, entries, options) }
}

function contentOf(
  type: 'mock' | 'file' | 'url',
  entries: string[],
  { cwd, env }: ParseOptions,
): SecretSourceConfig['content'] {
  switch (type) {
    case 'mock':
      return { kind: 'values', values: keyValues(entries) }
    case 'file':
      return { kind: 'values', values: keyValues(linesOf(resolve(cwd, entries.join(',').replace(/^filename=/, '')))) }
    case 'url':
      return { kind: 'url', url: readUrlConfig(keyValues(entries), env) }
    default:
      return type satisfies never
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
  } catch (error) {
    const reason = systemErrorText(error as NodeJS.ErrnoException)
    throw new SecretSourceError(`the secrets in "${path}" cannot be read: ${reason}`, undefined, error)
  }
}

function keyValues(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=')
      // Three characters only: the entry may be a secret.
      if (equals < 0) throw new SecretSourceError(`parsing "${entry.slice(0, 3)}…", needs =`, 'write key=value')
      return [entry.slice(0, equals), entry.slice(equals + 1)]
    }),
  )
}

/** `mock=a=secret` ─► `mock=a=…` */
function withoutValues(line: string): string {
  return line.replace(/((?:^|,)(?:[^=,]*=)?[^=,]*=)[^,]*/g, '$1…')
}

/** The secrets that are known before the test. They are kept out of the log. */
export function knownSecrets(configs: readonly SecretSourceConfig[]): string[] {
  return configs.flatMap(({ content }) => (content.kind === 'values' ? Object.values(content.values) : []))
}

interface SecretSource {
  get(key: string): Promise<string | undefined>
}

/** The sources of a thread. */
export class SecretSources {
  readonly #sources: ReadonlyMap<string, SecretSource>
  readonly #default: string | undefined
  readonly #conceal: (value: string) => void

  /** `conceal` is called with every secret before the script gets it, so that the log can hide it. */
  constructor(configs: readonly SecretSourceConfig[], conceal: (value: string) => void) {
    this.#sources = new Map(configs.map(({ name, content }) => [name, sourceOf(content)]))
    this.#default = configs.find(({ isDefault }) => isDefault)?.name
    this.#conceal = conceal
  }

  /** Without `name` the default source is asked. */
  async get(key: string, name?: string): Promise<string> {
    if (this.#sources.size === 0) throw new HostError('no secret sources are configured')
    const from = name ?? this.#default
    if (from === undefined) throw new HostError('no default secret source is configured')
    const source = this.#sources.get(from)
    if (source === undefined) throw new HostError(`no secret source with name "${from}" is configured`)
    const value = await source.get(key)
    if (value === undefined) throw new HostError(`no value for the secret "${key}"`)
    this.#conceal(value)
    return value
  }
}

function sourceOf(content: SecretSourceConfig['content']): SecretSource {
  if (content.kind === 'url') return new UrlSource(content.url)
  const values = new Map(Object.entries(content.values))
  return { get: async (key) => values.get(key) }
}
