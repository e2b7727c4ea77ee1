/** Completion for PowerShell: a native argument completer over two tables. */
import type { CompletedCommand } from './model.js'

export function powershellCompletion(commands: readonly CompletedCommand[]): string {
  return `# PowerShell completion for sockeye
Register-ArgumentCompleter -Native -CommandName sockeye -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${commands.map(({ name, help }) => `    ${quote(name)} = ${quote(help)}`).join('\n')}
  }
  $flags = @{
${commands.map(flagTable).join('\n')}
  }
  $words = @{
${commands.map(({ name, words = [] }) => `    ${quote(name)} = @(${words.map(quote).join(', ')})`).join('\n')}
  }
  $elements = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $isFirst = $elements.Count -le 1 -or ($elements.Count -eq 2 -and $wordToComplete -ne '')
  $found = if ($isFirst) { $commands }
    elseif (-not $commands.Contains($elements[1])) { @{} }
    elseif ($wordToComplete.StartsWith('-')) { $flags[$elements[1]] }
    else { $table = [ordered]@{}; $words[$elements[1]] | ForEach-Object { $table[$_] = $_ }; $table }
  $found.GetEnumerator() | Where-Object { $_.Key -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)
  }
}
`
}

function flagTable({ name, flags }: CompletedCommand): string {
  const entries = flags.map(({ long, help }) => `      ${quote(long)} = ${quote(help)}`)
  return `    ${quote(name)} = [ordered]@{\n${entries.join('\n')}\n    }`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
