/**
 * docs/distributed.md as it is written: the walk from zero, and the permissions that agents and coordinators need. Each in a network of its own,
 * where the ports of the page are free. Is skipped where nats-server or such a network cannot be had, unless SOCKEYE_DEBIAN_TESTS is set.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { whyNoNats } from './nats-server.js'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
/** Flags of unshare. */
const OWN_NETWORK = ['--net', '--pid', '--fork', '--kill-child']

function whyNoNetwork(): string | false {
  const { status, error, stderr } = spawnSync('unshare', [...OWN_NETWORK, 'ip', 'link', 'set', 'lo', 'up'], {
    encoding: 'utf8',
  })
  return status !== 0 && `a process cannot get a network of its own here (${error?.message ?? stderr.trim()})`
}

const skip = whyNoNats() || whyNoNetwork()

/** The code blocks of a section, of one kind. */
async function blocks(section: string, kind: string): Promise<string[]> {
  const page = await readFile(join(process.cwd(), 'docs', 'distributed.md'), 'utf8')
  const text = page.split(/^## /m).find((part) => part.startsWith(section))
  assert.ok(text, section)
  return [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
}

/** Runs a script of bash in an empty folder, with `sockeye` on the PATH; what it has started ends with it. */
async function bash(script: string): Promise<{ exitCode: number | null; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-docs-'))
  try {
    await mkdir(join(folder, 'bin'))
    await symlink(MAIN, join(folder, 'bin', 'sockeye'))
    await writeFile(join(folder, 'walk.sh'), `set -e\nip link set lo up\n${script}`)
    const child = spawn('unshare', [...OWN_NETWORK, 'bash', 'walk.sh'], {
      cwd: folder,
      env: {
        PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
        HOME: folder,
      },
      timeout: 120_000,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    return { exitCode, output }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('docs/distributed.md', { skip }, () => {
  it('leads from zero to a run on three agents', async () => {
    const { exitCode, output } = await bash((await blocks('From zero', 'bash')).join('\n'))
    assert.equal(exitCode, 0, output)
    assert.match(output, /3 instances: one, three, two/)
    assert.match(output, /checks_succeeded\.+: 100\.00% 900 out of 900/)
    assert.match(output, /iterations\.+: 900 /)
    for (const name of ['one', 'two', 'three']) assert.match(output, new RegExp(`^${name} +free .*place=here$`, 'm'))
  })

  it('names all permissions that an agent and a coordinator need', async () => {
    const [conf = ''] = await blocks('Security', 'conf')
    const { exitCode, output } = await bash(`
      cat > nats.conf <<'END'\n${conf}\nEND
      nats-server -c nats.conf -D 2> nats.log &
      export SOCKEYE_NATS_URL=nats://127.0.0.1:4222
      echo 'export const options = { iterations: 4, vus: 2 }
        export function setup() { return "x".repeat(2000000) }
        export default function (data) { if (data.length !== 2000000) throw new Error("no data") }' > script.js
      for i in $(seq 100); do grep -q 'Server is ready' nats.log && break; sleep 0.1; done
      SOCKEYE_NATS_TOKEN=agent:change-me-2 sockeye agent --once --name one &
      SOCKEYE_NATS_TOKEN=agent:change-me-2 sockeye agent --once --name two &
      export SOCKEYE_NATS_TOKEN=coordinator:change-me-1
      sockeye run --instances 2 --wait 1m script.js
      head -c 3000000 /dev/urandom > data.bin
      echo 'open("./data.bin", "b"); export default function () {}' > large.js
      SOCKEYE_NATS_TOKEN=agent:change-me-2 sockeye agent --once --name three &
      sockeye kubernetes large.js --instances 1 > run.yaml
      sockeye run --instances 1 --wait 1m "$(grep -o 'nats:.*@sha256:[0-9a-f]*' run.yaml)"
      if grep -iE '(publish|subscription|permissions) violation' nats.log; then exit 1; fi`)
    assert.equal(exitCode, 0, output)
    assert.match(output, /iterations\.+: 4 /)
    assert.match(output, /iterations\.+: 1 /)
    assert.doesNotMatch(output, /no data/)
  })
})
