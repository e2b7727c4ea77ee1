/**
 * Reads command lines as k6 does: flags before and after the script, `--flag value`, `--flag=value`, `-u10`, `-u 10`, `-u=10`, `-qv`, and `--`
 * before arguments that look like flags.
 *
 * A bool takes a value only with `=`: in `--quiet script.ts` the script is not the value of the flag.
 *
 * Errors  FlagError for unknown and unsupported flags, and for missing values
 */
import type { FlagDefinition } from './flag-definition.js'
import { FlagError } from './flag-errors.js'

export interface Arguments {
  readonly positionals: readonly string[]
  /** Values in the order given, each with its flag. */
  readonly values: readonly { readonly flag: FlagDefinition; readonly text: string }[]
  /** `-h` or `--help` is among them; nothing after it was read. */
  readonly wantsHelp: boolean
}

export function parseArguments(argv: readonly string[], table: readonly FlagDefinition[]): Arguments {
  const positionals: string[] = []
  const values: { flag: FlagDefinition; text: string }[] = []
  const rest = [...argv]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--help' || token === '-h') return { positionals, values, wantsHelp: true }
    if (token === '--') positionals.push(...rest.splice(0))
    else if (token === '-' || !token.startsWith('-')) positionals.push(token)
    else if (token.startsWith('--')) values.push(readLong(token, rest, table))
    else values.push(...readShorts(token, rest, table))
  }
  return { positionals, values, wantsHelp: false }
}

function readLong(token: string, rest: string[], table: readonly FlagDefinition[]): Arguments['values'][number] {
  const [name = '', value] = token.slice(2).split(/=(.*)/s, 2)
  const flag = table.find((candidate) => candidate.name === name)
  if (flag === undefined) throw FlagError.unknown(name, table)
  return { flag: supported(flag), text: value ?? implied(flag) ?? next(rest, `--${name}`) }
}

/**
 * The letters of one token: the first that takes a value takes all that follows. Letters that spell the name of a long flag are refused: `-env`
 * would be `-e nv`.
 */
function readShorts(token: string, rest: string[], table: readonly FlagDefinition[]): Arguments['values'][number][] {
  const [spelled = ''] = token.slice(1).split('=', 1)
  if (table.some(({ name }) => name === spelled)) throw FlagError.singleDash(spelled)
  const values: Arguments['values'][number][] = []
  for (let i = 1; i < token.length; i++) {
    const letter = token[i] as string
    const flag = table.find(({ short }) => short === letter)
    if (flag === undefined) throw FlagError.unknownShort(letter, token)
    const after = token.slice(i + 1)
    if (after.startsWith('=')) return [...values, { flag: supported(flag), text: after.slice(1) }]
    const text = implied(flag)
    if (text === undefined) {
      return [...values, { flag: supported(flag), text: after === '' ? next(rest, `'${letter}' in ${token}`) : after }]
    }
    values.push({ flag: supported(flag), text })
  }
  return values
}

/** The value of a flag that is written without one; undefined when it needs one. */
function implied({ kind }: FlagDefinition): string | undefined {
  return kind === 'bool' ? 'true' : kind === 'optional' ? '' : undefined
}

function next(rest: string[], written: string): string {
  const text = rest.shift()
  if (text === undefined) throw FlagError.missingValue(written)
  return text
}

function supported(flag: FlagDefinition): FlagDefinition {
  if (flag.support !== 'supported') throw FlagError.unsupported(flag)
  return flag
}
