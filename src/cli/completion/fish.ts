/** Completion for fish: one `complete` per command and flag. */
import type { CompletedCommand, CompletedFlag } from './model.js'

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(
    ({ name, help }) => `complete -c sockeye -n __fish_use_subcommand -f -a ${name} -d ${quote(help)}`,
  )
  return `# fish completion for sockeye
${[...names, ...commands.flatMap(commandLines)].join('\n')}
`
}

function commandLines({ name, flags, words }: CompletedCommand): string[] {
  const when = `complete -c sockeye -n '__fish_seen_subcommand_from ${name}'`
  const following =
    words === undefined ? [] : [`${when} -f${words.length === 0 ? '' : ` -a ${quote(words.join(' '))}`}`]
  return [...flags.map((flag) => `${when} ${flagPart(flag)}`), ...following]
}

function flagPart({ long, short, help, takesValue, values }: CompletedFlag): string {
  const parts = [
    `-l ${long.slice(2)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(takesValue ? ['-r'] : []),
    ...(values.length > 0 ? [`-f -a ${quote(values.join(' '))}`] : []),
    `-d ${quote(help)}`,
  ]
  return parts.join(' ')
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`
}
