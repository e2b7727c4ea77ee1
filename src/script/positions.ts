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
  return {
    // See markEntry.
    get entry() {
      return trace().sources.at(-1) ?? ''
    },
    get hasSeveralFiles() {
      return trace().sources.length > 1
    },
    map: program.map,
    mapStack: (stack) => mapStack(stack, program),
    isOfScript: (stack) => stack.split('\n').some((line) => isOfProgram(frameOf(line), program)),
  }
}

/** The compiled program and the files it was made of. */
interface Program {
  readonly file: string
  map(line: number, column: number): Position | undefined
  isSource(name: string): boolean
}

/** A frame: `    at name (place)` or `    at place`. */
const FRAME = /^(\s+at )(?:(.*?) \((.*)\)|(.*))$/

interface Frame {
  /** Spaces and `at`. */
  at: string
  name: string
  place: string
}

function mapStack(stack: string, program: Program): string {
  const lines: string[] = []
  const push = (frame: Frame): void => {
    const line = mapFrame(frame, program)
    if (line !== undefined) lines.push(line)
  }
  for (const line of stack.split('\n')) {
    const frame = frameOf(line)
    if (!frame) lines.push(line)
    else push(frame)
  }
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
