/**
 * The flags of the commands that take a script: those of `run` that make sense for them, and their own.
 *
 * Source  docs/spec/runner.md §1.2, §1.4, §1.5
 */
import type { FlagDefinition } from './flag-definition.js'
import { flag, RUN_FLAGS } from './flags.js'

export const DEFAULT_ARCHIVE = 'archive.tar'

/** The flags of every command that takes a script. */
const GLOBAL = [
  'address',
  'config',
  'log-format',
  'log-output',
  'no-color',
  'profiling-enabled',
  'quiet',
  'secret-source',
  'verbose',
]

/** The flags about how script code is loaded and what is written at the end, not about what the test does. */
const RUNTIME = [
  'allow-http-modules',
  'bundled-jslib',
  'compatibility-mode',
  'env',
  'include-system-env-vars',
  'module-cache',
  'new-machine-readable-summary',
  'no-thresholds',
  'summary-export',
  'summary-mode',
  'traces-output',
  'type',
]

const named = (names: readonly string[]): FlagDefinition[] => RUN_FLAGS.filter(({ name }) => names.includes(name))

/** A test that is stored or shown has no variables of this machine, unless the user asks for them. */
function withoutSystemEnv(flags: readonly FlagDefinition[]): FlagDefinition[] {
  return flags.map((flag) => (flag.name === 'include-system-env-vars' ? { ...flag, default: 'false' } : flag))
}

export const INSPECT_FLAGS: readonly FlagDefinition[] = [
  flag('Output', '--execution-requirements', 'bool', 'the whole configuration, with totalDuration and maxVUs'),
  ...withoutSystemEnv(named([...GLOBAL, ...RUNTIME])),
]

const OPTION_FLAGS = RUN_FLAGS.filter(({ option }) => option !== undefined && option !== 'features')

export const ARCHIVE_FLAGS: readonly FlagDefinition[] = [
  flag('Output', '-O, --archive-out <file>', 'string', 'where to write it; - is standard output', {
    default: DEFAULT_ARCHIVE,
  }),
  flag('Output', '--exclude-env-vars', 'bool', 'do not store the variables of __ENV'),
  ...withoutSystemEnv([...OPTION_FLAGS, ...named([...GLOBAL, ...RUNTIME])]),
]
