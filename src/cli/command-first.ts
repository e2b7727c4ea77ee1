/** Flags that every command knows may stand before it: `sockeye --quiet run script.ts` is `sockeye run --quiet script.ts`. */

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

/** The arguments with the command in front. They are unchanged when another flag comes before the command. */
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
