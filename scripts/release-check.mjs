// npm run release:check: packs the package, installs it as users do (from the tarball, and from git), runs an example with each, and checks all
// links between files of the package.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib.mjs'

const folder = mkdtempSync(join(tmpdir(), 'sockeye-release-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const tarball = JSON.parse(must('npm', ['pack', '--json', '--pack-destination', folder], root))[0]
console.log(`packed ${tarball.filename}: ${tarball.files.length} files, ${(tarball.size / 1e6).toFixed(1)} MB`)

install('tarball', join(folder, tarball.filename))
checkLinks(join(folder, 'tarball', 'node_modules', name))
install('git', `git+${pathToFileURL(root).href}`)

/** Makes a project with the package from `source`; checks the version of its command, and runs an example of the package. */
function install(kind, source) {
  const project = join(folder, kind)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', source], project)
  const command = join(project, 'node_modules', '.bin', 'sockeye')
  const said = must(command, ['version'], project)
  if (!said.includes(version)) throw new Error(`the command from ${kind} says ${said.trim()} instead of ${version}`)
  const example = join(project, 'node_modules', name, 'examples', 'quickstart.ts')
  must(command, ['run', '--quiet', '--echo', '-d', '2s', example], project)
  console.log(`installed from ${kind}: the command runs an example`)
}

function checkLinks(installed) {
  const pages = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.md') && !path.includes('node_modules'),
  )
  const broken = pages.flatMap((page) => {
    const links = readFileSync(join(installed, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)
    return [...links]
      .map(([, link]) => normalize(join(dirname(page), link)))
      .filter((target) => !existsSync(join(installed, target)))
      .map((target) => `${page} leads to ${target}, which is not in the package`)
  })
  if (broken.length > 0) throw new Error(broken.join('\n'))
  console.log(`links of ${pages.length} pages lead to files of the package`)
}

function must(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
  return stdout
}
