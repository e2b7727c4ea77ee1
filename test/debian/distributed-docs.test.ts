/**
 * docs/distributed.md as it is written: the walk from zero, the permissions that agents and coordinators need, and other ways to start agents. Each
 * in a network of its own, where the ports of the page are free. Is skipped where nats-server or such a network cannot be had, unless SOCKEYE_DEBIAN_TESTS is set.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { validateWorkflow } from '@action-validator/core'
import { parse } from 'yaml'
import { whyNoNats } from './nats-server.js'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
/** Flags of unshare. */
const OWN_NETWORK = ['--net', '--mount', '--pid', '--fork', '--kill-child']

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

const OTHERS = 'Other ways to start agents'

/** A server whose variables are set, and a test. */
const NATS = `
  export SOCKEYE_NATS_URL=nats://127.0.0.1:4222 SOCKEYE_NATS_TOKEN=secret
  nats-server --addr 127.0.0.1 --jetstream --store_dir nats-data --auth secret 2> nats.log &
  for i in $(seq 100); do grep -q 'Server is ready' nats.log && break; sleep 0.1; done
  echo 'export const options = { iterations: 4, vus: 2 }
    export default function () {}' > script.js`

/** A command that this machine has not, or should not run. */
const stub = (name: string, line: string): string =>
  `printf '%s\\n' '#!/bin/sh' '${line}' > bin/${name} && chmod +x bin/${name}`

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

  it('puts agents on machines over ssh, with a unit that systemd understands', async () => {
    const [[unit = ''], [deploy = '']] = await Promise.all([blocks(OTHERS, 'ini'), blocks(OTHERS, 'sh')])
    const { exitCode, output } = await bash(`
      ${NATS}
      cp -a /etc own-etc && mount --bind own-etc /etc && mount -t tmpfs tmpfs /var/lib && mkdir -p /etc/systemd/system
      ${stub('ssh', 'echo "$1" >> hosts; exec sh -c "$2"')}
      ${stub('npm', 'echo "npm $*" >> calls')}
      ${stub('systemctl', 'echo "systemctl $*" >> calls')}
      env | grep ^SOCKEYE_NATS_ > sockeye-agent.env
      cat > sockeye-agent.service <<'END'\n${unit}\nEND
      ${deploy}
      sort -u hosts calls
      stat -c '%a %n' /etc/sockeye-agent.env
      ! command -v systemd-analyze > /dev/null || systemd-analyze verify /etc/systemd/system/sockeye-agent.service
      eval "$(sed -n 's/^ExecStart=//p' /etc/systemd/system/sockeye-agent.service) &"
      sockeye run --quiet --instances 1 --require zone=eu --wait 1m script.js`)
    assert.equal(exitCode, 0, output)
    for (const host of [1, 2, 3]) assert.match(output, new RegExp(`^root@load-${host}$`, 'm'))
    assert.match(output, /^npm install --global sockeye-cli$/m)
    assert.match(output, /^systemctl restart sockeye-agent$/m)
    assert.match(output, /^600 \/etc\/sockeye-agent\.env$/m)
    assert.match(output, /iterations\.+: 4 /)
    assert.doesNotMatch(output, /sockeye-agent\.service:\d+/)
  })

  it('runs agents and a test as jobs of a workflow that GitHub understands', async () => {
    const [text = ''] = await blocks(OTHERS, 'yaml')
    assert.deepEqual(validateWorkflow(text).errors, [])
    const { jobs, env } = parse(text)
    assert.deepEqual(Object.keys(env), ['SOCKEYE_NATS_URL', 'SOCKEYE_NATS_TOKEN'])
    const [agent, test] = [jobs.agents, jobs.test].map(({ steps }) => {
      const { run } = steps.at(-1) as { run: string }
      return run.replace(/\$\{\{ github\.run_id \}\}/g, '1234')
    })
    const { exitCode, output } = await bash(`
      ${NATS}
      mv script.js script.ts
      ${stub('npx', '[ "$1 $2" = "--yes sockeye-cli" ] && shift 2 && exec sockeye "$@"')}
      for agent in ${jobs.agents.strategy.matrix.agent.join(' ')}; do ${agent} --name "$agent" & done
      ${test}
      wait $(jobs -p | tail -n +2)`)
    assert.equal(exitCode, 0, output)
    assert.match(output, /5 instances: 1, 2, 3, 4, 5/)
    assert.match(output, /iterations\.+: 4 /)
  })

  it('starts the agent of the image with Nomad and ECS', async () => {
    const [[nomad = ''], [ecs = '']] = await Promise.all([blocks(OTHERS, 'hcl'), blocks(OTHERS, 'json')])
    const [{ image, command, stopTimeout }] = JSON.parse(ecs).containerDefinitions
    assert.deepEqual([image, command, stopTimeout], ['registry.example/sockeye:0.1.0', ['agent'], 60])
    assert.match(nomad, /image += "registry\.example\/sockeye:0\.1\.0"\n +args += \["agent"\]/)
  })
})
