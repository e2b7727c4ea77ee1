/** What kubectl makes of deploy/kubernetes and of the recipe in docs/distributed.md. Is skipped without a kubectl that knows `patches`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { assertValid, type Manifest, parseManifests } from '../deploy/manifests.js'
import { inFolder } from '../helpers/cli.js'

/** Debian's own is older. */
const OLDEST = 21

function whyNot(): string | false {
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' })
  const minor = Number.parseInt(/"minor": "(\d+)/.exec(stdout ?? '')?.[1] ?? '0', 10)
  return minor < OLDEST && `there is no kubectl of at least 1.${OLDEST}`
}

function kustomize(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return parseManifests(stdout)
}

const named = (manifests: readonly Manifest[]): string[] =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-z]{10}$/, '-HASH')}`).toSorted()

describe('kubectl kustomize', { skip: whyNot() }, () => {
  it('makes NATS, agents and their secret of deploy/kubernetes, as its first lines say', () =>
    inFolder(async ({ path, write, read }) => {
      cpSync(join('deploy', 'kubernetes'), path, { recursive: true })
      const text = (await read('kustomization.yaml')).toString()
      const command = /^# {3}(printf .*)$/m.exec(text)?.[1]
      assert.equal(spawnSync('sh', ['-c', command ?? 'false'], { cwd: path }).status, 0)
      const manifests = kustomize(path)
      await assertValid(manifests)
      assert.deepEqual(named(manifests), [
        'ConfigMap sockeye-nats-HASH',
        'Deployment sockeye-agents',
        'Secret sockeye-nats',
        'Service sockeye-nats',
        'StatefulSet sockeye-nats',
      ])
      const secret = manifests.find(({ kind }) => kind === 'Secret')?.['data']
      const [url, token] = ['URL', 'TOKEN'].map((name) =>
        Buffer.from(secret[`SOCKEYE_NATS_${name}`], 'base64').toString(),
      )
      assert.equal(url, 'nats://sockeye-nats:4222')
      assert.match(token ?? '', /^t[0-9a-f]{48}$/)
      // With a NATS server that is there already.
      await write('kustomization.yaml', text.replace('  - nats\n', ''))
      assert.deepEqual(named(kustomize(path)), ['Deployment sockeye-agents', 'Secret sockeye-nats'])
    }))

  it('adds to a run what docs/distributed.md adds', () =>
    inFolder(async ({ path, sockeye, write }) => {
      const page = readFileSync(join('docs', 'distributed.md'), 'utf8')
      await write('kustomization.yaml', /^```yaml\n(resources: \[run\.yaml\].*?)^```$/ms.exec(page)?.[1] ?? '')
      await write('script.ts', 'export default function () {}')
      const { stdout, stderr, exitCode } = await sockeye(['kubernetes', 'script.ts', '--instances', '3'])
      assert.equal(exitCode, 0, stderr)
      await write('run.yaml', stdout)
      const manifests = kustomize(path)
      await assertValid(manifests)
      const pods = manifests.filter(({ kind }) => kind === 'Job').map(({ spec }) => spec.template.spec)
      assert.equal(pods.length, 2)
      for (const { tolerations, imagePullSecrets } of pods) {
        assert.equal(tolerations[0].key, 'dedicated')
        assert.deepEqual(imagePullSecrets, [{ name: 'registry' }])
      }
    }))
})
