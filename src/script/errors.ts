/**
 * What can be wrong with a script before any of it runs.
 *
 * Errors  ERR_SCRIPT_NOT_FOUND and ERR_INPUT_TYPE exit with 255, everything else with 107, as k6 does
 */
import { resolve } from 'node:path'
import type { Message } from 'esbuild'
import { SockeyeError, type SockeyeErrorOptions } from '../base/errors.js'
import { systemErrorText } from '../base/system-error.js'

/** What Node makes of bytes of a path that are no UTF-8. */
const NOT_UTF8 = '\ufffd'

export class ScriptLoadError extends SockeyeError {
  /** The message is a line and a code frame beneath, maybe several of them. */
  readonly isFramed: boolean

  constructor(options: SockeyeErrorOptions, { isFramed = false } = {}) {
    super(options)
    this.isFramed = isFramed
  }

  static notFound(name: string): ScriptLoadError {
    const hint = resolve(name).includes(NOT_UTF8)
      ? 'its path has bytes that are not UTF-8, which Node cannot pass on: rename the file or the folder'
      : "make sure that you've specified the right path to the file"
    return notThere(`The moduleSpecifier "${name}" couldn't be found on local disk.`, hint)
  }

  static isFolder(name: string): ScriptLoadError {
    return notThere(`"${name}" is a folder, not a script`, 'give the path of a .ts or .js file')
  }

  static isDevice(name: string): ScriptLoadError {
    const hint = 'give the path of a .ts or .js file; `-` reads standard input'
    return notThere(`"${name}" is a device, not a script`, hint)
  }

  static notAFileUrl(name: string, cause: Error): ScriptLoadError {
    return notThere(`"${name}" is not the URL of a file: ${cause.message}`, 'give the path of a .ts or .js file', cause)
  }

  static unreadable(name: string, cause: Error): ScriptLoadError {
    const hint = 'whoever runs the test must be allowed to read its script'
    return notThere(`"${name}" cannot be read: ${systemErrorText(cause)}`, hint, cause)
  }

  static notAScript(name: string): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_SCRIPT_SYNTAX',
      message: `"${name}" is not a text file`,
      hint: 'give the path of a .ts or .js file',
      exitCode: 107,
    })
  }

  /** `what` is the file in quotes, and what else it may be. */
  static tooDeep(what: string): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_SCRIPT_TOO_DEEP',
      message: `${what} is nested too deeply to be compiled: thousands of blocks, branches, calls or literals stand inside each other`,
      hint: 'a list or a loop does the same as a long chain of else-if, calls or operators; data belongs in a JSON file',
      exitCode: 107,
    })
  }

  /** esbuild is not there, or its process cannot be started. */
  static noBundler(cause: Error): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_BUNDLER',
      message: `the script cannot be bundled, because esbuild does not work: ${cause.message.split('\n')[0]}`,
      hint: 'install sockeye again on this machine, optional dependencies included',
      exitCode: 255,
      cause,
    })
  }

  /** The process of esbuild ended while it worked; `reason` is like `killed by SIGKILL`. */
  static bundlerEnded(reason: string, cause: Error): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_BUNDLER',
      message: `the script cannot be bundled: the process of esbuild ended before it was done (${reason})`,
      hint: 'run the test again; where memory is short, end other programs, or run an archive that was made elsewhere: sockeye archive script.ts',
      exitCode: 255,
      cause,
    })
  }

  static unknownType(type: string, name: string): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_INPUT_TYPE',
      message: `unknown or unspecified test type '${type}' for '${name}'`,
      hint: 'the types are js and archive; leave it out to have it found out',
      exitCode: 255,
    })
  }

  static unknownModules(name: string, specifiers: readonly string[]): ScriptLoadError {
    const list = specifiers.map((specifier) => `"${specifier}"`).join(', ')
    return new ScriptLoadError({
      code: 'ERR_MODULE_NOT_FOUND',
      message: `the archive "${name}" imports modules that this version does not have: ${list}`,
      hint: 'archive the script again with the version that runs it',
      exitCode: 107,
    })
  }

  static badLock(path: string, reason: string): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_MODULE_LOCK',
      message: `the lock file "${path}" cannot be read: ${reason}`,
      hint: 'write it again with: sockeye deps --lock script.ts',
      exitCode: 107,
    })
  }

  /** The text of the script does not show the option's value, and the bundler needs it before anything runs. */
  static hiddenOption(option: string, value: unknown): ScriptLoadError {
    return new ScriptLoadError({
      code: 'ERR_SCRIPT_OPTIONS',
      message: `the option ${option} must be written out in the script, got ${JSON.stringify(value)} (${typeof value})`,
      hint: `packages are bundled before the script runs: export const options = { ${option}: ['name-of-a-package'] }`,
      exitCode: 104,
    })
  }

  /** `frames` are the messages with their code frames, ready to print. */
  static fromBundler(errors: readonly Message[], frames: readonly string[], hint?: string): ScriptLoadError {
    const isUnresolved = errors.every(({ text }) =>
      /^(unknown module|the k6 module|Could not resolve|The moduleSpecifier|only supported schemes|origin \()/.test(
        text,
      ),
    )
    const options = {
      code: isUnresolved ? 'ERR_MODULE_NOT_FOUND' : 'ERR_SCRIPT_SYNTAX',
      message: frames.map((frame) => withoutLabel(frame)).join('\n\n'),
      hint,
      exitCode: 107,
    }
    return new ScriptLoadError(options, { isFramed: true })
  }
}

/** What the user named cannot be loaded. */
function notThere(message: string, hint: string, cause?: Error): ScriptLoadError {
  return new ScriptLoadError({ code: 'ERR_SCRIPT_NOT_FOUND', message, hint, exitCode: 255, cause })
}

/** Without `✘ [ERROR]`. */
function withoutLabel(frame: string): string {
  return frame.trim().replace(/^\u2718 \[ERROR\] /, '')
}

/** What can be wrong with an archive: ERR_ARCHIVE, exit 255. */
export class ArchiveError extends SockeyeError {
  constructor(message: string, cause?: unknown) {
    super({ code: 'ERR_ARCHIVE', message, hint: 'make it with: sockeye archive script.ts', exitCode: 255, cause })
  }
}
