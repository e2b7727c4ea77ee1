/**
 * Errors of command lines. The texts are k6's; all of them exit with 255.
 *
 * Errors  FlagError: ERR_UNKNOWN_FLAG, ERR_UNSUPPORTED_FLAG, ERR_INVALID_FLAG, ERR_ARGUMENTS
 */
import { SockeyeError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { FlagDefinition } from './flag-definition.js'

const USAGE = 255

export class FlagError extends SockeyeError {
  constructor(code: string, message: string, hint?: string) {
    super({ code, message, hint, exitCode: USAGE })
  }

  static unknown(name: string, table: readonly FlagDefinition[]): FlagError {
    const guess = nearest(
      name,
      table.map((flag) => flag.name),
    )
    const hint = FORMER_FLAGS.get(name) ?? (guess === undefined ? LIST : `did you mean --${guess}?`)
    return new FlagError('ERR_UNKNOWN_FLAG', `unknown flag: --${name}`, hint)
  }

  /** `-vus 10`, which would be read as `-v -u s 10`. */
  static singleDash(name: string): FlagError {
    return new FlagError('ERR_UNKNOWN_FLAG', `unknown flag: -${name}`, `did you mean --${name}?`)
  }

  static unknownShort(letter: string, token: string): FlagError {
    return new FlagError('ERR_UNKNOWN_FLAG', `unknown shorthand flag: '${letter}' in ${token}`, LIST)
  }

  static unsupported({ name }: FlagDefinition): FlagError {
    return new FlagError('ERR_UNSUPPORTED_FLAG', `the flag --${name} is not supported yet`, 'leave it out')
  }

  static missingValue(written: string): FlagError {
    return new FlagError('ERR_INVALID_FLAG', `flag needs an argument: ${written}`)
  }

  static badValue(flag: FlagDefinition, text: string, reason: string, hint?: string): FlagError {
    const names = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`
    return new FlagError(
      'ERR_INVALID_FLAG',
      `invalid argument ${JSON.stringify(text)} for "${names}" flag: ${reason}`,
      hint,
    )
  }

  static argumentCount(command: string, received: number): FlagError {
    const expected = 'arg should either be "-", if reading script from stdin, or a path to a script file'
    const hint = received === 0 ? `for example: sockeye ${command} script.ts` : 'quote names that contain spaces'
    const message = `accepts 1 arg(s), received ${received}${command === 'run' ? `: ${expected}` : ''}`
    return new FlagError('ERR_ARGUMENTS', message, hint)
  }

  /** An error of commander, in the words that other commands use. */
  static ofCommander({ message }: { readonly message: string }): FlagError {
    const text = message.replace(/^error: /, '')
    const guess = /\(Did (you mean .*\?)\)/.exec(text)?.[1]
    const hint = guess === undefined ? LIST : `did ${guess}`
    const unknown = /^unknown option '(.*?)'/.exec(text)?.[1]
    if (unknown !== undefined) return new FlagError('ERR_UNKNOWN_FLAG', `unknown flag: ${unknown}`, hint)
    return new FlagError(/option '/.test(text) ? 'ERR_INVALID_FLAG' : 'ERR_ARGUMENTS', text, hint)
  }
}

/** What took the place of flags that k6 no longer has. */
const FORMER_FLAGS = new Map([['no-summary', 'it is --summary-mode=disabled, as in k6 2']])

const LIST = 'add --help to see all flags of the command'
