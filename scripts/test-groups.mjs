// Puts test files together that can share a process: a process loads what a test needs, most of src/, once instead of once per file,
// which was a fourth of the time of all tests. Groups are the same in every run of the same files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** So many share a process: large enough to save most of the loading, small enough that the last group does not end long after the others. */
const FILES_PER_GROUP = 8

/** Files with one of these change their process, measure it, or start others and so have little to load. */
const ALONE = [
  /\bprocess\.(?!(platform|cwd|nextTick|versions?)\b)/,
  /\bmock\.(timers|method|getter|setter)\b/,
  /node:child_process|helpers\/(cli|run-cli)\.js/,
  /^(before|after)(Each)?\(/m,
]

/** Writes a file for each group into the folder; the test files of each, by its path. Those that must run alone are in none. */
export function groupFiles(files, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const shared = files.filter((file) => !mustBeAlone(readFileSync(file, 'utf8')))
  const count = Math.ceil(shared.length / FILES_PER_GROUP)
  // Neighbours take about as long as each other, so each group gets one of them.
  const groups = Array.from({ length: count }, (_, at) => shared.filter((_, i) => i % count === at))
  return new Map(
    groups.map((members, at) => {
      const path = join(folder, `${at + 1}.test.js`)
      const imports = members.map((file) => `import '${relative(folder, file).replaceAll(sep, '/')}'\n`)
      writeFileSync(path, imports.join(''))
      return [path, members]
    }),
  )
}

function mustBeAlone(text) {
  return ALONE.some((pattern) => pattern.test(text))
}
