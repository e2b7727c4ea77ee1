/** What stops esbuild in the middle of its work: its process is killed, or a file that the script imports is nested too deeply for it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Ended, inFolder } from '../helpers/cli.js'
import { runCli } from '../helpers/run-cli.js'

const LEVELS = 100_000
const FINE = 'export default function () {}'

/** Runs a script whose esbuild is killed in the middle of its work; before its process ends, it prints what is given. */
async function whileKilling(printed: string): Promise<Ended> {
  let ended: Ended | undefined
  await inFolder(async ({ path, write, sockeye }) => {
    const program = createRequire(import.meta.url).resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`)
    const [pid, wrapper] = [join(path, 'pid'), join(path, 'esbuild.sh')]
    const die = printed === '' ? 'kill -9 $$' : `echo '${printed}' >&2; exit 2`
    await write('esbuild.sh', `#!/bin/sh\nexec 3<&0\n${program} "$@" <&3 &\necho $! > ${pid}\nwait $! || { ${die}; }\n`)
    await chmod(wrapper, 0o755)
    // esbuild has begun, and waits for this module.
    const server = createServer(async (_, response) => {
      process.kill(Number(await readFile(pid, 'utf8')), 'SIGKILL')
      response.setHeader('content-type', 'text/javascript').end('export const a = 1')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await write('script.js', `import { a } from 'http://127.0.0.1:${port}/a.js'\nconsole.log(a)\n${FINE}`)
    const env = { ESBUILD_BINARY_PATH: wrapper }
    ended = await sockeye(['run', '--allow-http-modules', 'script.js'], { env })
    server.close()
  })
  return ended as unknown as Ended
}

describe('bundling that cannot be finished', { concurrency: 4 }, () => {
  it('an esbuild that is killed in the middle: says what killed it and what to do, exits with 255', async () => {
    const { exitCode, stderr } = await whileKilling('')
    assert.equal(exitCode, 255, stderr)
    assert.match(
      stderr,
      /the process of esbuild ended before it was done \(killed by SIGKILL\)" hint="run the test again/,
    )
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  })

  const dumps: Record<string, [printed: string, exitCode: number, says: RegExp]> = {
    'whose stack overflows': [
      'runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow',
      107,
      /msg="\\"script\.js\\", or a module that it imports, is nested too deeply /,
    ],
    'that runs out of memory': [
      'fatal error: runtime: out of memory',
      255,
      /ended before it was done \(fatal error: runtime: out of memory\)" hint="run the test again/,
    ],
  }
  for (const [what, [printed, code, says]] of Object.entries(dumps)) {
    it(`an esbuild ${what}: says so in a line, exits with ${code}, and shows nothing of its stack`, async () => {
      const { exitCode, stderr } = await whileKilling(`${printed}\n${'goroutine 27 [running]:\n'.repeat(1000)}`)
      assert.equal(exitCode, code, stderr)
      assert.match(stderr, says)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
    })
  }

  const deep: Record<string, { files: Record<string, string>; says: RegExp }> = {
    'blocks in a module': {
      files: { 'script.js': `import './deep.js'\n${FINE}`, 'deep.js': '{'.repeat(LEVELS) + '}'.repeat(LEVELS) },
      says: /msg="\\"deep\.js\\" is nested too deeply .* hint="a list or a loop/,
    },
    'lists in a JSON file': {
      files: { 'script.js': `import './deep.json'\n${FINE}`, 'deep.json': '['.repeat(LEVELS) + ']'.repeat(LEVELS) },
      says: /msg="\\"deep\.json\\" is nested too deeply /,
    },
  }
  for (const [what, { files, says }] of Object.entries(deep)) {
    it(`${what}, nested too deep: names the file, exits with 107, and prints nothing of esbuild's own`, async () => {
      const { exitCode, stderr } = await runCli(['run', 'script.js'], { files })
      assert.equal(exitCode, 107, stderr.slice(0, 2000))
      assert.match(stderr, says)
      assert.equal(stderr.trim().split('\n').length, 1, stderr.slice(0, 2000))
    })
  }

  it('data with thousands of brackets in its texts is no deep data', async () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `:( \\" [${i}`)
    const { exitCode, stderr } = await runCli(['run', 'script.js'], {
      files: {
        'script.js': `import texts from './texts.json'\nif (texts.length !== 10_000) throw new Error('lost')\n${FINE}`,
        'texts.json': JSON.stringify(texts),
      },
    })
    assert.equal(exitCode, 0, stderr)
  })
})
