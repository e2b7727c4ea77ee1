/**
 * From positions in the compiled program to positions in the user's files, and stack traces as the user should read them.
 *
 * Units   lines and columns are 1-based, as V8 prints them
 */
import { type EncodedSourceMap, originalPositionFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'

/** The name under which the engine evaluates the compiled text, unless it chooses another. */
export const PROGRAM_FILE = 'sockeye:program'

export interface Position {
  source: string
  line: number
  column: number
}

export interface PositionMapper {
  /** The entry file, as positions name it. */
  readonly entry: string
  readonly hasSeveralFiles: boolean
  map(line: number, column: number): Position | undefined
  /**
   * Rewrites positions to the user's files; frames of sockeye and of Node are dropped, frames of built-ins are kept, and so are
   * those that have been rewritten before.
   */
  mapStack(stack: string): string
  /** Whether the stack goes through the user's files. */
  isOfScript(stack: string): boolean
}

export function createPositionMapper(map: EncodedSourceMap | string, file: string = PROGRAM_FILE): PositionMapper {
  // Decoding costs a while for a large bundle, and most runs never print a stack.
  let decoded: TraceMap | undefined
  const trace = (): TraceMap => {
    decoded ??= new TraceMap(map as SourceMapInput)
    return decoded
  }
  const program: Program = {
    file,
    map(line, column) {
      const found = originalPositionFor(trace(), { line, column: column - 1 })
      return found.source === null ? undefined : { source: found.source, line: found.line, column: found.column + 1 }
    },
    isSource: (name) => trace().sources.includes(name),
  }
  const mapLine = remembered((line) => mapStackLine(line, program))
  return {
    // See markEntry.
    get entry() {
      return trace().sources.at(-1) ?? ''
    },
    get hasSeveralFiles() {
      return trace().sources.length > 1
    },
    map: program.map,
    mapStack: (stack) => mapStack(stack, mapLine),
    isOfScript: (stack) => stack.split('\n').some((line) => isOfProgram(frameOf(line), program)),
  }
}

/** The compiled program and the files it was made of. */
interface Program {
  readonly file: string
  map(line: number, column: number): Position | undefined
  isSource(name: string): boolean
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

/** A script that throws at full speed throws at the same few places. */
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

function mapStackLine(line: string, program: Program): string | undefined {
  const frame = frameOf(line)
  return frame === undefined ? line : mapFrame(frame, program)
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

function isOfProgram(frame: Frame | undefined, program: Program): boolean {
  const file = frame?.place.replace(/(:\d+){1,2}$/, '')
  return file !== undefined && (file === program.file || program.isSource(file))
}

function mapFrame(frame: Frame, program: Program): string | undefined {
  const { at, name, place } = frame
  if (place === '<anonymous>' || place === 'native') return isResumption(name) ? undefined : `${at}${name} (${place})`
  if (!isOfProgram(frame, program)) return undefined
  if (!place.startsWith(`${program.file}:`)) return name ? `${at}${name} (${place})` : `${at}${place}`
  const [line, column] = place.split(':').slice(-2).map(Number)
  const found = program.map(line!, column!)
  if (!found) return undefined
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
  return source
    .split('/')
    .slice(-2)
    .some(
      (part) =>
        part
          .replace(/\.[^.]*$/, '')
          .replace(/[^\w$]+/g, '_')
          .replace(/^(?=\d)/, '_') === identifier,
    )
}
