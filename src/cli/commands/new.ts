/**
 * `sockeye new`: writes a script to start from.
 *
 * Errors  SockeyeError ERR_TEMPLATE, ERR_FILE_EXISTS, exit 255
 * Source  docs/spec/runner.md §1.6
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { type Print, toStdout } from '../command-parts.js'
import { TEMPLATES, type TemplateName, templateText } from '../templates/index.js'

const DEFAULT_FILE = 'script.js'
const DEFAULT_TEMPLATE: TemplateName = 'minimal'

interface NewFlags {
  readonly template: string
  readonly force?: boolean
}

export function newCommand(print: Print = toStdout): Command {
  const names = Object.entries(TEMPLATES).map(([name, { description }]) => `  ${name.padEnd(11)} ${description}`)
  return new Command('new')
    .description('write a script to start from')
    .argument('[file]', 'name of the script', DEFAULT_FILE)
    .option('--template <name>', 'what it shows, or the path of a file to copy', DEFAULT_TEMPLATE)
    .option('-f, --force', 'overwrite the file')
    .addHelpText(
      'after',
      `\nTemplates:\n${names.join('\n')}\n  ./path      a file of yours; {{ .ScriptName }} becomes the name of the script`,
    )
    .action(async (file: string, { template, force = false }: NewFlags) => {
      await writeScript(file, await textOf(template, file), force)
      print(`New script created: ${file} (${template} template).\n`)
      if (Object.hasOwn(TEMPLATES, file)) print(`For the template of that name: sockeye new --template ${file}\n`)
    })
}

/** A name with a slash is a path. */
async function textOf(template: string, file: string): Promise<string> {
  if (Object.hasOwn(TEMPLATES, template)) return fill(templateText(template as TemplateName, file), file)
  const isPath = /[/\\]/.test(template)
  if (!isPath) {
    const guess = existsSync(template) ? `, did you mean ./${template}?` : ''
    throw templateError(`invalid template type "${template}"${guess}`)
  }
  const text = await readFile(template, 'utf8').catch((error: Error) => {
    throw templateError(error.message)
  })
  return fill(text, file)
}

function fill(text: string, file: string): string {
  return text.replace(/\{\{\s*\.ScriptName\s*\}\}/g, () => basename(file))
}

async function writeScript(file: string, text: string, force: boolean): Promise<void> {
  await writeFile(file, text, { flag: force ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const exists = error.code === 'EEXIST'
    throw new SockeyeError({
      code: exists ? 'ERR_FILE_EXISTS' : 'ERR_FILE_NOT_WRITTEN',
      message: exists ? `${file} already exists. Use the \`--force\` flag to overwrite it` : error.message,
      hint: exists ? 'or give another name: sockeye new other.js' : 'give a path that can be written',
      exitCode: 255,
      cause: error,
    })
  })
}

function templateError(reason: string): SockeyeError {
  return new SockeyeError({
    code: 'ERR_TEMPLATE',
    message: `error retrieving template: ${reason}`,
    hint: `templates are ${Object.keys(TEMPLATES).join(', ')}, or a path such as ./template.js`,
    exitCode: 255,
  })
}
