/**
 * From positions in the compiled program to positions in the user's files, and stack traces as the user should read them.
 *
 * Units   lines and columns are 1-based, as V8 prints them
 */
import { type EncodedSourceMap, originalPositionFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'

/** The name under which the engine evaluates the compiled text, unless it chooses another. */
export const PROGRAM_FILE = 'sockeye:program'

/** Modules that the bundler made up, which are no files of the user's. */
const MADE_UP = /^sockeye-[\w-]+:/

interface Position {
  source: string
  line: number
  column: number
}

export interface PositionMapper {
  /** The entry file, as positions name it. */
  readonly entry: string
  readonly hasSeveralFiles: boolean
  map(line: number, column: number): Position | undefined
  /** Another text, with the name under which it is evaluated. */
  add(file: string, map: string): void
  /**
   * Rewrites positions to the user's files; frames of sockeye and of Node are dropped, frames of built-ins are kept, and so are
   * those that have been rewritten before.
   */
  mapStack(stack: string): string
  /** Whether the stack goes through the user's files. */
  isOfScript(stack: string): boolean
}

export function createPositionMapper(map: EncodedSourceMap | string, file: string = PROGRAM_FILE): PositionMapper {
  const program = new MappedText(file, map)
  const texts = [program]
  const mapLine = remembered((line) => mapStackLine(line, texts))
  return {
    // See markEntry.
    get entry() {
      return program.sources.at(-1) ?? ''
    },
    get hasSeveralFiles() {
      return program.sources.length > 1
    },
    map: (line, column) => program.map(line, column),
    add: (name, added) => texts.push(new MappedText(name, added)),
    mapStack: (stack) => mapStack(stack, mapLine),
    isOfScript: (stack) => stack.split('\n').some((line) => isMapped(frameOf(line), texts)),
  }
}

/** A text that is evaluated under a name, and the files it was made of. */
class MappedText {
  readonly file: string
  readonly #map: EncodedSourceMap | string
  /** Decoded when a stack is first printed: it takes time for a large bundle, and most runs print none. */
  #trace: TraceMap | undefined
  #names: ReadonlySet<string | null> | undefined

  constructor(file: string, map: EncodedSourceMap | string) {
    this.file = file
    this.#map = map
  }

  get #decoded(): TraceMap {
    this.#trace ??= new TraceMap(this.#map as SourceMapInput)
    return this.#trace
  }

  get sources(): readonly (string | null)[] {
    return this.#decoded.sources
  }

  isSource(name: string): boolean {
    this.#names ??= new Set(this.sources)
    return this.#names.has(name)
  }

  map(line: number, column: number): Position | undefined {
    const found = originalPositionFor(this.#decoded, { line, column: column - 1 })
    return found.source === null ? undefined : { source: found.source, line: found.line, column: found.column + 1 }
  }
}

const MAX_REMEMBERED = 2000

/** A frame: `    at name (place)` or `    at place`. */
const FRAME = /^(\s+at )(?:(.*?) \((.*)\)|(.*))$/

interface Frame {
  /** Spaces and `at`. */
  at: string
  name: string
  place: string
}

/** A script that throws often throws at the same few places: their positions are kept. */
function remembered<T>(compute: (line: string) => T): (line: string) => T {
  const known = new Map<string, T>()
  return (line) => {
    if (known.has(line)) return known.get(line)!
    const value = compute(line)
    // Messages are lines too, and may be all different.
    if (known.size < MAX_REMEMBERED && /:\d+\)?$/.test(line)) known.set(line, value)
    return value
  }
}

function mapStackLine(line: string, texts: readonly MappedText[]): string | undefined {
  const frame = frameOf(line)
  return frame === undefined ? line : mapFrame(frame, texts)
}

function mapStack(stack: string, mapLine: (line: string) => string | undefined): string {
  const lines = stack.split('\n').flatMap((line) => mapLine(line) ?? [])
  // Built-ins below the last frame of the script called sockeye, not the script.
  while (/^\s+at .*\((<anonymous>|native)\)$/.test(lines.at(-1)!)) lines.pop()
  return lines.join('\n')
}

function frameOf(line: string): Frame | undefined {
  const match = FRAME.exec(line)
  if (!match) return undefined
  const [, at, name, namedPlace, barePlace] = match
  return { at: at!, name: name ?? '', place: namedPlace ?? barePlace ?? '' }
}

function isMapped(frame: Frame | undefined, texts: readonly MappedText[]): boolean {
  const file = frame?.place.replace(/(:\d+){1,2}$/, '')
  return file !== undefined && texts.some((text) => file === text.file || text.isSource(file))
}

function mapFrame(frame: Frame, texts: readonly MappedText[]): string | undefined {
  const { at, name, place } = frame
  if (place === '<anonymous>' || place === 'native') return isResumption(name) ? undefined : `${at}${name} (${place})`
  if (!isMapped(frame, texts)) return undefined
  const text = texts.find(({ file }) => place.startsWith(`${file}:`))
  if (text === undefined) return name ? `${at}${name} (${place})` : `${at}${place}`
  const [line, column] = place.split(':').slice(-2).map(Number)
  const found = text.map(line!, column!)
  if (!found || MADE_UP.test(found.source)) return undefined
  const where = `${found.source}:${found.line}:${found.column}`
  const label = name && cleanName(name, found.source)
  return label ? `${at}${label} (${where})` : `${at}${where}`
}

/** The step of the language that goes on with a generator; the generator's own frame follows. */
function isResumption(name: string): boolean {
  return /(^|\.)(next|throw|return)$/.test(name)
}

/** Drops what the compiler and the runtime add to function names. */
function cleanName(name: string, source: string): string {
  return name
    .replace(/\$\$\d*_?twin\b/g, '')
    .replace(/^(Generator|Object|WorkerGlobalScope)\./, '')
    .replace(/^(Object|Generator|eval|<anonymous>)$/, '')
    .replace(/^(async )?(.+)_default\d*$/, (whole, keyword = '', file) =>
      isNamedAfter(file, source) ? `${keyword}default` : whole,
    )
}

/** The bundler calls an anonymous default export `<file>_default`, or `<folder>_default` in an index file. */
function isNamedAfter(identifier: string, source: string): boolean {
  const parts = source.split('/').slice(-2)
  return parts.some((part) => asIdentifier(part.replace(/\.[^.]*$/, '')) === asIdentifier(identifier))
}

/** What stands before the first letter is left out: `01-login` is `login`. A name without letters is `_`. */
function asIdentifier(name: string): string {
  return name
    .replace(/^[^a-z]+/i, '')
    .replace(/[^a-z0-9]+/gi, '_')
    .replace(/_$/, '')
}
