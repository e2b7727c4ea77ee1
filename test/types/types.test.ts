import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TEMPLATES, type TemplateName, templateText } from '../../src/cli/templates/index.js'

const root = packageRoot(dirname(fileURLToPath(import.meta.url)))
const project = mkdtempSync(join(tmpdir(), 'sockeye-types-'))
after(() => rmSync(project, { recursive: true }))

function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder))
}

/** A user's project with sockeye-cli, what npm installs along with it, and the sources of `from`. */
function install(from: string): void {
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  if (!existsSync(join(modules, 'sockeye-cli'))) {
    symlinkSync(root, join(modules, 'sockeye-cli'), 'junction')
    for (const name of ['@types/k6', '@types/node', 'undici-types', 'ipaddr.js']) {
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
    }
  }
  cpSync(from, join(project, 'src'), { recursive: true })
}

/** What the compiler says about the project under some options; empty when all is well. */
function compile(compilerOptions: Record<string, unknown>): string {
  const options = { noEmit: true, strict: true, target: 'ES2022', lib: ['ES2022'], types: ['sockeye-cli/types'] }
  const config = { compilerOptions: { ...options, module: 'ESNext', ...compilerOptions }, include: ['src'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const result = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
  return result.stdout + result.stderr
}

describe('types for scripts', () => {
  const projects: [string, Record<string, unknown>][] = [
    ['a bundler’s project', { moduleResolution: 'Bundler' }],
    ['a Node project', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['a project with the DOM', { moduleResolution: 'Bundler', lib: ['ES2022', 'DOM'] }],
    [
      'a project with Node’s types',
      { moduleResolution: 'Bundler', types: ['node', 'sockeye-cli/types'], skipLibCheck: true },
    ],
  ]
  for (const [title, options] of projects) {
    it(`are found and exact in ${title}`, () => {
      install(join(root, 'test', 'types', 'cases'))
      assert.equal(compile(options), '')
    })
  }

  it('cover what `sockeye new` writes', () => {
    rmSync(join(project, 'src'), { recursive: true, force: true })
    mkdirSync(join(project, 'src'))
    for (const name of Object.keys(TEMPLATES) as TemplateName[]) {
      writeFileSync(join(project, 'src', `${name}.ts`), templateText(name, `${name}.ts`))
    }
    assert.equal(compile({ moduleResolution: 'Bundler' }), '')
  })

  it('cover every example', () => {
    rmSync(join(project, 'src'), { recursive: true, force: true })
    install(join(root, 'examples'))
    // Their packages are this project's, not a user's; outputs run in Node.
    for (const folder of ['libraries', 'npm', 'outputs']) {
      rmSync(join(project, 'src', folder), { recursive: true, force: true })
    }
    assert.equal(compile({ moduleResolution: 'Bundler', allowImportingTsExtensions: true }), '')
  })

  it('cover outputs, with the types of Node', () => {
    rmSync(join(project, 'src'), { recursive: true, force: true })
    install(join(root, 'examples', 'outputs'))
    assert.equal(compile({ module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'], lib: ['ES2023'] }), '')
  })
})
