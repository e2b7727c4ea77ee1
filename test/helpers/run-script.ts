/**
 * Runs a script as `sockeye run` would, in this process: real engine, real threads, real sockets; only the streams, the signals and
 * the environment are the test's.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { parseFlags } from '../../src/cli/parse-flags.js'
import { parseConfigFile } from '../../src/config/config-file.js'
import { resolveRuntime } from '../../src/config/runtime.js'
import type { CreateEngine } from '../../src/run/create-engine.js'
import { runTest } from '../../src/run/test-run.js'

export interface RunScriptOptions {
  /** Flags as on the command line. */
  readonly flags?: readonly string[]
  /** `__ENV`, and the environment that options are read from. */
  readonly env?: Readonly<Record<string, string>>
  /** Name of the script file; its extension chooses the language. */
  readonly name?: string
  /** More files beside the script, by relative path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Content of the configuration file. */
  readonly config?: object
  /** Record raw samples; slower. */
  readonly samples?: boolean
  /** Gets a function that sends a signal to the run. */
  readonly onStart?: (control: RunControl) => void
  /** Instead of threads. */
  readonly engine?: CreateEngine
}

export interface RunControl {
  signal(signal: 'interrupt' | 'terminated'): void
  /** Everything logged so far. */
  readonly log: readonly LogLine[]
  readonly stdout: () => string
}

interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Sample {
  readonly metric: string
  readonly value: number
  readonly tags: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, string>>
}

export interface ScriptResult {
  readonly exitCode: number
  readonly stdout: string
  /** All log lines. */
  readonly log: readonly LogLine[]
  /** What the script printed with console, in order. */
  readonly console: readonly string[]
  /** Log lines of level error that are not the script's own. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  /** Only with `samples: true`. */
  readonly samples: readonly Sample[]
  /** `--summary-export`. */
  readonly summary: {
    readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>
    readonly errors: readonly { readonly message: string; readonly count: number }[]
  }
  /** Reads a file that the run wrote, relative to the script. */
  readonly read: (path: string) => Promise<string>
}

/** Runs the text of a script (TypeScript unless `name` says otherwise). The folder it ran in is removed by `cleanup` hooks of Node. */
export async function runScript(source: string, options: RunScriptOptions = {}): Promise<ScriptResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-test-'))
  try {
    return await runIn(folder, source, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, source: string, options: RunScriptOptions): Promise<ScriptResult> {
  const name = options.name ?? 'script.ts'
  await writeFiles(folder, { [name]: source, ...options.files })
  const argv = [name, '--log-format', 'json', '--summary-export', 'summary.json', ...(options.flags ?? [])]
  if (options.samples === true) argv.push('--out', 'json=samples.json')
  const { scriptPath, flags, flagPlaces, runtime } = parseFlags(argv)
  const env = { ...options.env }
  const file = options.config === undefined ? undefined : parseConfigFile('config.json', JSON.stringify(options.config))
  const stdout = new MemoryStream()
  const stderr = new MemoryStream()
  const listeners = new Set<(signal: 'interrupt' | 'terminated') => void>()
  options.onStart?.({
    signal: (signal) => {
      for (const listener of listeners) listener(signal)
    },
    get log() {
      return parseLog(stderr.text)
    },
    stdout: () => stdout.text,
  })
  const exitCode = await runTest(
    {
      script: scriptPath,
      file,
      flags,
      flagPlaces,
      runtime: resolveRuntime({ flags: runtime, env, file }),
    },
    {
      cwd: folder,
      env,
      stdout,
      stderr,
      readStdin: async () => Buffer.from(source),
      onSignal: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      cores: 2,
      startedAt: Date.now(),
    },
    options.engine,
  )
  const log = parseLog(stderr.text)
  const files = new Map<string, string>()
  for (const path of ['summary.json', 'samples.json', ...(await writtenFiles(folder))]) {
    const text = await readFile(join(folder, path), 'utf8').catch(() => undefined)
    if (text !== undefined) files.set(path, text)
  }
  return {
    exitCode,
    stdout: stdout.text,
    log,
    console: log.filter(({ source: from }) => from === 'console').map(({ msg }) => msg),
    errors: log.filter(({ level, source: from }) => level === 'error' && from !== 'console').map(({ msg }) => msg),
    warnings: log
      .filter(({ level, source: from }) => level === 'warning' && from !== 'console')
      .map(({ msg }) => msg)
      // It is, when tests run side by side.
      .filter((msg) => !msg.startsWith('the load generator is the limit: ')),
    samples: parseSamples(files.get('samples.json') ?? ''),
    summary: JSON.parse(files.get('summary.json') ?? '{"metrics":{}}'),
    read: async (path) => {
      const text = files.get(path)
      if (text === undefined) throw new Error(`the run wrote no file ${path}`)
      return text
    },
  }
}

async function writtenFiles(folder: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises')
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

function parseLog(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}

function parseSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'Point')
    .map(({ metric, data }) => ({ metric, ...data }))
}

export class MemoryStream extends Writable {
  readonly #chunks: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.bytes.toString('utf8')
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#chunks.push(chunk)
    callback()
  }
}
