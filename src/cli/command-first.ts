/** `sockeye --quiet run script.ts` is `sockeye run --quiet script.ts`: flags that every command knows may stand before it. */

const TAKING_NOTHING = ['-q', '--quiet', '-v', '--verbose', '--no-color', '--profiling-enabled']
const TAKING_A_VALUE = [
  '-a',
  '--address',
  '--api-token',
  '-c',
  '--config',
  '--log-format',
  '--log-output',
  '--secret-source',
]

/** The command with its arguments; unchanged when something else comes first. */
export function commandFirst(argv: readonly string[]): readonly string[] {
  let at = 0
  for (let token = argv[at]; token?.startsWith('-'); token = argv[at]) {
    const isWhole = TAKING_NOTHING.includes(token) || /^--[\w-]+=/.test(token)
    if (!isWhole && !TAKING_A_VALUE.includes(token)) return argv
    at += isWhole ? 1 : 2
  }
  const command = argv[at]
  return command === undefined ? argv : [command, ...argv.slice(0, at), ...argv.slice(at + 1)]
}
