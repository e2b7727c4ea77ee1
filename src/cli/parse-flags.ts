/**
 * Reads the command line of `sockeye run`, `inspect` and `archive`: which script, which test options, and how this run behaves.
 *
 * Errors  FlagError, exit 255
 * Source  docs/spec/runner.md §1.1 to §1.3
 */
import { isTimeUnit } from '../config/consolidate.js'
import { DNS, readStageText } from '../config/form.js'
import type { OptionPlaces } from '../config/layers.js'
import type { OptionName, OptionValues } from '../config/option-table.js'
import type { ProblemPlace } from '../config/problems.js'
import type { RuntimeFlags } from '../config/runtime.js'
import type { FlagDefinition } from './flag-definition.js'
import { FlagError } from './flag-errors.js'
import { readFlag, readingFlag } from './flag-values.js'
import { RUN_FLAGS } from './flags.js'
import { parseArguments } from './parse-arguments.js'

export interface ParsedFlags {
  /** `-` is standard input. Empty when help is wanted. */
  readonly scriptPath: string
  /** The layer of test options with the highest priority. */
  readonly flags: OptionValues
  /** Those flags as they were written, for messages. */
  readonly flagPlaces: OptionPlaces
  readonly runtime: RuntimeFlags
  readonly wantsHelp: boolean
}

/** `argv` without the name of the command. */
export function parseFlags(
  argv: readonly string[],
  table: readonly FlagDefinition[] = RUN_FLAGS,
  command = 'run',
): ParsedFlags {
  const { positionals, values, wantsHelp } = parseArguments(argv, table)
  if (wantsHelp) return { scriptPath: '', flags: {}, flagPlaces: {}, runtime: {}, wantsHelp }
  const flags: Record<string, unknown> = {}
  const runtime: Record<string, unknown> = {}
  const flagPlaces: Partial<Record<OptionName, ProblemPlace>> = {}
  for (const flag of table) {
    const texts = values.filter((value) => value.flag === flag).map(({ text }) => text)
    if (texts.length === 0) continue
    const value = (READERS[flag.name] ?? readFlag)(flag, texts)
    if (flag.option === undefined) runtime[camelCase(flag.name)] = value
    else {
      flags[flag.option] = value
      flagPlaces[flag.option] = { path: `--${flag.name}`, value: texts.join(',') }
    }
  }
  if (positionals.length !== 1) throw FlagError.argumentCount(command, positionals.length)
  return { scriptPath: positionals[0] as string, flags, flagPlaces, runtime, wantsHelp }
}

type Reader = (flag: FlagDefinition, texts: readonly string[]) => unknown

/** Flags whose texts have a grammar of their own. */
const READERS: Readonly<Record<string, Reader>> = {
  stage: (flag, texts) =>
    texts.flatMap((text) => text.split(',')).map((text, i) => readingFlag(flag, text, () => readStageText(text, i))),
  dns: (flag, texts) => {
    const text = texts.join(',')
    return readingFlag(flag, text, () => DNS.readText?.(text))
  },
  tag: (flag, texts) => pairs(flag, texts, readTag),
  env: (flag, texts) => pairs(flag, texts, readVariable),
  'summary-time-unit': (_flag, texts) => {
    const unit = texts[texts.length - 1] as string
    if (isTimeUnit(unit)) return unit
    throw new FlagError('ERR_INVALID_FLAG', `invalid summary time unit '${unit}', use 's', 'ms' or 'us'`)
  },
}

function pairs(
  flag: FlagDefinition,
  texts: readonly string[],
  read: (text: string) => [string, string],
): Record<string, string> {
  return Object.fromEntries(texts.map((text) => readingFlag(flag, text, () => read(text))))
}

/** The value may contain `=` and commas. */
function readTag(text: string): [string, string] {
  const at = text.indexOf('=')
  const [name, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  const problem = text === '' ? 'empty string' : name === '' ? 'empty name' : value === '' ? 'empty value' : undefined
  if (problem === undefined) return [name, value]
  const hint = 'write a tag as name=value'
  throw new FlagError('ERR_INVALID_FLAG', `error parsing tag '${text}': invalid tag, ${problem}`, hint)
}

/** A name alone is set to the empty text. */
function readVariable(text: string): [string, string] {
  const at = text.indexOf('=')
  const [name, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return [name, value]
  const hint = 'write a variable as NAME=value; names have letters, digits and underscores'
  throw new FlagError('ERR_INVALID_FLAG', `invalid environment variable name '${name}'`, hint)
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
