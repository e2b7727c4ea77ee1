/** Completion for zsh: `_arguments` per command. */
import type { CompletedCommand, CompletedFlag } from './model.js'

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef sockeye
_sockeye() {
  local -a commands
  commands=(
${commands.map(({ name, help }) => `    ${quote(`${name}:${help}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_sockeye" ]; then
  _sockeye "$@"
else
  compdef _sockeye sockeye
fi
`
}

function commandCase({ name, flags, words }: CompletedCommand): string {
  const rest = words === undefined ? '*:file:_files' : words.length === 0 ? undefined : `*:word:(${words.join(' ')})`
  const specs = [...flags.flatMap(flagSpecs), ...(rest === undefined ? [] : [quote(rest)])]
  return `    ${name})\n      _arguments -s ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}\n      ;;`
}

function flagSpecs({ long, short, help, takesValue, values }: CompletedFlag): string[] {
  const text = help.replace(/[[\]:]/g, (character) => `\\${character}`)
  const value = !takesValue ? '' : values.length > 0 ? `:value:(${values.join(' ')})` : ':value:_files'
  const spellings = short === undefined ? [long] : [short, long]
  return spellings.map((spelling) => quote(`*${spelling}[${text}]${value}`))
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
