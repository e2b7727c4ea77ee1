/**
 * Starts the program `program.cjs` with the code that V8 made of it when it was built. Compiling the same text again would be a
 * third of the time that a short test takes.
 *
 * Errors  none of its own: code that another version of V8 has made is refused by V8, and the text is compiled as ever
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

type Program = (require: NodeJS.Require, moduleUrl: string) => void

/** @param launcher the `import.meta.url` of a file in the program's folder */
export function launchProgram(launcher: string): void {
  const url = new URL('program.cjs', launcher)
  const filename = fileURLToPath(url)
  // The build makes it ASCII. As Latin-1 it is read several times as fast, and V8 keeps a byte for each character and not two.
  const script = new vm.Script(readFileSync(filename, 'latin1'), {
    filename,
    cachedData: readCode(`${filename}.code`),
  })
  const program = script.runInThisContext() as Program
  program(createRequire(filename), url.href)
}

function readCode(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
