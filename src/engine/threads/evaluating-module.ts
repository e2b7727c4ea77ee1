/**
 * Finds out which file of the script is being evaluated: relative paths of `open()` start at its folder. The bundler has made one text of all
 * files, but the stack contains a statement of that file, or the function that the bundler has put around the file.
 *
 * Source  docs/spec/runner.md §4.4
 */
import { type PositionMapper, PROGRAM_FILE } from '../../script/positions.js'

export interface OpenCall {
  /** The file that is being evaluated, as the source map names it. */
  readonly evaluating: string
  /** The file that contains the call of `open()`, as the source map names it. */
  readonly caller: string
}

const DEEPEST = 500

/** Undefined when the script has only one file, or no frame of the script is on the stack. */
export function openCall(positions: PositionMapper): OpenCall | undefined {
  if (!positions.hasSeveralFiles) return undefined
  const frames = callSites()
    .filter((site) => site.getFileName() === PROGRAM_FILE)
    .flatMap((site) => {
      const found = positions.map(site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1)
      return found === undefined ? [] : [{ file: found.source, name: site.getFunctionName() ?? '' }]
    })
  const [innermost] = frames
  const evaluating = frames.find(isWrapper) ?? frames.at(-1)
  if (innermost === undefined || evaluating === undefined) return undefined
  return { evaluating: evaluating.file, caller: innermost.file }
}

/** True for the function that the bundler puts around a CommonJS file: `__commonJS({ "lib/old.js"(exports, module) { … } })`. */
function isWrapper({ file, name }: { file: string; name: string }): boolean {
  const path = name.replace(/\$\$.*$/, '').replace(/^Object\./, '')
  return path.includes('.') && (file === path || file.endsWith(`/${path}`))
}

function callSites(): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = DEEPEST
    Error.prepareStackTrace = (_, sites) => sites
    return new Error().stack as unknown as NodeJS.CallSite[]
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
