/**
 * What the image of deploy/Dockerfile holds, without Docker: deploy/install.sh lays out its files from the packed package, and the command runs
 * over them as in a pod, in a file system that is read-only but for /tmp, as a user without rights, with no more than the image has on the PATH.
 * Is skipped where such a file system cannot be made, unless SOCKEYE_DEBIAN_TESTS is set. Not covered: the base images themselves.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

/** Node and /opt are the image's, the rest is Debian's, as in the image. */
const ENTER = `
  set -e
  mount --bind "$IMAGE/opt" /opt
  mount --bind "$IMAGE/usr/local/bin" /usr/local/bin
  mount --bind "$SCRIPTS" /mnt
  [ -z "$HAS_TMP" ] || { mount -t tmpfs tmpfs /tmp; chmod 1777 /tmp; }
  mount -o remount,bind,ro /
  cd /mnt
  exec setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp "$@"`

const SCRIPT = `
  import { check } from 'k6'
  export const options = { vus: 2, iterations: 10 }
  const data: string = open('./data.txt')
  export default function () { check(data, { read: (data) => data === 'data' }) }
`

function whyNot(): string | false {
  if (process.env['SOCKEYE_DEBIAN_TESTS'] !== undefined) return false
  const { status } = spawnSync('unshare', [
    '--mount',
    'sh',
    '-c',
    'mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro /',
  ])
  return status !== 0 && 'a process cannot have a file system of its own here'
}

function must(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? ''}${stdout}${stderr}`)
}

describe('the image', { skip: whyNot() }, () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockeye-image-'))
    must('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder])
    const [tarball] = readdirSync(folder) as [string]
    must('sh', [join('deploy', 'install.sh'), join(folder, tarball), join(folder, 'image')])
    copyFileSync(process.execPath, join(folder, 'image', 'usr', 'local', 'bin', 'node'))
    mkdirSync(join(folder, 'scripts'))
    writeFileSync(join(folder, 'scripts', 'script.ts'), SCRIPT)
    writeFileSync(join(folder, 'scripts', 'data.txt'), 'data')
    must('chmod', ['-R', 'a+rX', folder])
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function inImage(line: string, { hasTmp = true } = {}) {
    const env = {
      PATH: process.env['PATH'],
      IMAGE: join(folder, 'image'),
      SCRIPTS: join(folder, 'scripts'),
      HAS_TMP: hasTmp ? 'yes' : '',
    }
    return spawnSync('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', 'sh', '-c', line], { env, encoding: 'utf8' })
  }

  it('runs a test as a user without rights, with nothing that can be written', () => {
    const { status, stdout, stderr } = inImage('id -u; sockeye run --quiet script.ts; touch /tmp/x', { hasTmp: false })
    assert.match(stdout, /^65532\n/)
    assert.match(stdout, /checks_succeeded\.+: 100\.00% 10 out of 10/, stderr)
    assert.match(stderr, /Read-only file system/)
    assert.equal(status, 1)
  })

  it('has what the initializer of the k6-operator uses, with sockeye as k6', () => {
    const { status, stdout, stderr } = inImage(
      'for name in k6 grep cat mkdir dirname; do command -v $name > /dev/null || exit 9; done; ' +
        'mkdir -p "$(dirname /tmp/script.archived.tar)" && k6 archive /mnt/script.ts -O /tmp/script.archived.tar 2> /tmp/k6logs && ' +
        "k6 inspect --execution-requirements /tmp/script.archived.tar 2>> /tmp/k6logs; ! cat /tmp/k6logs | grep 'level.*error'",
    )
    assert.equal(status, 0, stderr)
    assert.equal(JSON.parse(stdout).maxVUs, 2)
  })

  it('loads the parts that only some runs need', () => {
    const { status, stdout, stderr } = inImage(
      'sockeye kubernetes script.ts --instances 2 > /dev/null && sockeye agents --nats nats://127.0.0.1:1; sockeye version',
    )
    assert.equal(status, 0, stderr)
    assert.match(stderr, /no connection to NATS at 127\.0\.0\.1:1/)
    assert.match(stdout, /^sockeye v/)
  })
})

describe('deploy/Dockerfile', () => {
  it('runs what is tested here, as the user that the manifests name', () => {
    const lines = readFileSync(join('deploy', 'Dockerfile'), 'utf8')
    assert.match(lines, /sh deploy\/install\.sh \/tmp\/sockeye-cli-\*\.tgz \/image/)
    assert.match(lines, /^COPY --from=build \/image\/ \/$/m)
    assert.match(lines, /^USER 65532:65532$/m)
    assert.match(lines, /^ENTRYPOINT \["sockeye"\]$/m)
  })
})
