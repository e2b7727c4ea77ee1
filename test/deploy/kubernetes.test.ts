import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type RunManifestOptions, runManifests, type TestPlace } from '../../src/cli/run-manifests.js'
import { inFolder } from '../helpers/cli.js'
import { assertValid, type Manifest, parseManifests } from './manifests.js'

const base = join(process.cwd(), 'deploy', 'kubernetes')

function manifestsIn(folder: string): Manifest[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'))
  return files
    .filter((path) => !path.endsWith('kustomization.yaml'))
    .flatMap((path) => parseManifests(readFileSync(join(folder, path), 'utf8')))
}

const podOf = (manifest: Manifest): any => manifest['spec'].template.spec

/** What the restricted profile of Kubernetes' pod security asks for, and a root file system that cannot be written. */
function assertRestricted(manifest: Manifest): void {
  const { securityContext, containers, automountServiceAccountToken } = podOf(manifest)
  assert.equal(automountServiceAccountToken, false)
  assert.equal(securityContext.runAsNonRoot, true)
  assert.deepEqual(securityContext.seccompProfile, { type: 'RuntimeDefault' })
  for (const container of containers) {
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  }
}

/** Wherever the test lies, and with all that a run can be given. */
function everyRun(): Manifest[] {
  const places: TestPlace[] = [
    { archive: Buffer.from('archive') },
    { claim: 'load-tests', path: 'suite/Big.tar' },
    { stored: `nats:name-0123456789ab@sha256:${'0'.repeat(64)}` },
  ]
  const plain = { name: 'name', namespace: undefined, instances: 1, image: 'sockeye:1', natsSecret: 'sockeye-nats' }
  const variants: Omit<RunManifestOptions, 'test'>[] = [
    { ...plain, envSecrets: [], nodeSelector: {}, cpu: '1', memory: '1Gi', flags: [] },
    {
      ...plain,
      namespace: 'load',
      envSecrets: ['accounts', 'keys'],
      nodeSelector: { 'cloud.example/pool': 'load', 'kubernetes.io/arch': 'arm64' },
      cpu: '1500m',
      memory: '512Mi',
      flags: ['--weighted', '-e', 'STAGE=beta'],
    },
  ]
  return variants.flatMap((variant) => places.flatMap((test) => runManifests({ ...variant, test }) as Manifest[]))
}

const SCRIPT = `
  import { hello } from './hello.ts'
  export const options = { vus: 10, iterations: 100 }
  export default function () { hello(open) }
  const data = open('./data.txt')
`
const FILES = {
  'Checkout Test_1.ts': SCRIPT,
  'hello.ts': 'export const hello = (_: unknown) => {}',
  'data.txt': 'data',
}

describe('sockeye kubernetes', () => {
  it('prints what Kubernetes knows every field of, wherever the test lies, and runs it without rights', async () => {
    const manifests = everyRun()
    await assertValid(manifests)
    const jobs = manifests.filter(({ kind }) => kind === 'Job')
    assert.equal(jobs.length, 12)
    for (const job of jobs) {
      assertRestricted(job)
      assert.equal(podOf(job).terminationGracePeriodSeconds, 120)
    }
  })

  it('gives Secrets to the run, whose variables travel with the test, and nodes to all', () => {
    const [, agents, run] = everyRun().slice(-7) as [Manifest, Manifest, Manifest]
    const secretsOf = (job: Manifest): string[] =>
      podOf(job).containers[0].envFrom.map(({ secretRef }: any) => secretRef.name)
    assert.deepEqual([secretsOf(agents), secretsOf(run)], [['sockeye-nats'], ['accounts', 'keys', 'sockeye-nats']])
    for (const job of [agents, run]) assert.equal(podOf(job).nodeSelector['cloud.example/pool'], 'load')
  })

  it('prints the archive with all that the script imports and opens', () =>
    inFolder(async ({ sockeye, write, read }) => {
      for (const [name, content] of Object.entries(FILES)) await write(name, content)
      const flags = ['--instances', '20', '--namespace', 'load', '--', '--weighted', '-e', 'STAGE=beta']
      const { exitCode, stdout, stderr } = await sockeye(['kubernetes', 'Checkout Test_1.ts', ...flags])
      assert.equal(exitCode, 0, stderr)
      const manifests = parseManifests(stdout)
      assert.deepEqual(
        manifests.map(({ kind, metadata: { name, namespace } }) => [kind, name, namespace]),
        [
          ['ConfigMap', 'checkout-test-1', 'load'],
          ['Job', 'checkout-test-1-agents', 'load'],
          ['Job', 'checkout-test-1', 'load'],
        ],
      )
      const [files, agents, run] = manifests as [Manifest, Manifest, Manifest]
      const { completions, parallelism, completionMode } = agents['spec']
      assert.deepEqual([completions, parallelism, completionMode], [20, 20, 'Indexed'])
      const label = 'run=checkout-test-1'
      assert.deepEqual(podOf(agents).containers[0].args, ['agent', '--once', '--idle', '15m', '--label', label])
      const args = ['run', '--instances', '20', '--require', label, '--wait', '15m', '--weighted', '-e', 'STAGE=beta']
      assert.deepEqual(podOf(run).containers[0].args, [...args, '/test/archive.tar'])
      await write('again.tar', Buffer.from(files['binaryData']['archive.tar'], 'base64'))
      const again = await sockeye(['inspect', '--execution-requirements', 'again.tar'])
      assert.equal(JSON.parse(again.stdout).maxVUs, 10, again.stderr)
      assert.ok((await read('again.tar')).includes('data.txt'))
    }))

  it('takes a test that lies on a volume as it is', () =>
    inFolder(async ({ sockeye }) => {
      const flags = [
        '--volume',
        'load-tests',
        '--instances',
        '2',
        '--image',
        'registry.test/sockeye:1',
        '--memory',
        '4Gi',
      ]
      const { exitCode, stdout, stderr } = await sockeye(['kubernetes', 'suite/Big.tar', ...flags])
      assert.equal(exitCode, 0, stderr)
      const [agents, run] = parseManifests(stdout) as [Manifest, Manifest]
      assert.equal(agents.metadata.name, 'big-agents')
      const [container] = podOf(run).containers
      assert.equal(container.args.at(-1), '/test/suite/Big.tar')
      assert.equal(container.image, 'registry.test/sockeye:1')
      assert.deepEqual(container.resources.limits, { memory: '4Gi' })
      const [volume] = podOf(run).volumes
      assert.deepEqual(volume, { name: 'test', persistentVolumeClaim: { claimName: 'load-tests', readOnly: true } })
    }))

  it('refuses what would fail in the cluster, and says what to do', () =>
    inFolder(async ({ sockeye, write }) => {
      await write('ok.js', 'export default function () {}')
      await write('wrong.js', 'export default function ( {}')
      await write('large.js', `open('./large.bin', 'b')\nexport default function () {}`)
      await write('large.bin', new Uint8Array(1_100_000))
      const cases: [args: string[], exitCode: number, text: RegExp][] = [
        [
          ['large.js', '--instances', '2'],
          255,
          /archive of large\.js.*a ConfigMap holds 1000000 at most[\s\S]*--nats[\s\S]*--volume/,
        ],
        [['ok.js'], 255, /--instances/],
        [
          ['large.js', '--instances', '2', '--nats', 'nats://127.0.0.1:1'],
          255,
          /no connection to NATS at 127\.0\.0\.1:1/,
        ],
        [['ok.js', '--instances', '2', '--node-selector', 'pool'], 255, /label=value/],
        [['ok.js', '--instances', 'many'], 255, /whole number from 1 to 10000/],
        [['ok.js', '--instances', '2', '--name', 'Check_Out'], 255, /Check_Out.* is no name for Kubernetes/],
        [['ok.js', '--instances', '2', '--', '--weightd'], 255, /weightd/],
        [['ok.js', '--instances', '2', '--', '--nats', 'x'], 255, /stand before --/],
        [['wrong.js', '--instances', '2'], 107, /wrong\.js cannot be archived/],
        [['missing.js', '--instances', '2'], 255, /missing\.js/],
      ]
      for (const [args, exitCode, text] of cases) {
        const result = await sockeye(['kubernetes', ...args])
        assert.match(result.stderr, text, args.join(' '))
        assert.equal(result.exitCode, exitCode, args.join(' '))
        assert.equal(result.stdout, '')
      }
    }))
})

describe('deploy/kubernetes', () => {
  it('has manifests that Kubernetes knows every field of', () => assertValid(manifestsIn(base)))

  it('runs everything without rights', () => {
    const workloads = manifestsIn(base).filter(({ spec }) => spec?.template !== undefined)
    assert.deepEqual(workloads.map(({ kind }) => kind).toSorted(), ['Deployment', 'StatefulSet'])
    for (const workload of workloads) assertRestricted(workload)
  })

  it('names files that are there, and the version of the package', () => {
    const { resources, images, secretGenerator } = kustomization('.')
    const folders = readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    assert.deepEqual(resources.toSorted(), folders.map(({ name }) => name).toSorted())
    for (const folder of resources) {
      const { resources: files, configMapGenerator = [] } = kustomization(folder)
      const named = [...files, ...configMapGenerator.flatMap((generator: { files: string[] }) => generator.files)]
      assert.deepEqual([...named, 'kustomization.yaml'].toSorted(), readdirSync(join(base, folder)).toSorted())
    }
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    assert.deepEqual(images, [{ name: 'sockeye', newTag: version }])
    assert.deepEqual(secretGenerator, [{ name: 'sockeye-nats', envs: ['nats.env'] }])
  })
})

function kustomization(folder: string): any {
  return parseManifests(readFileSync(join(base, folder, 'kustomization.yaml'), 'utf8'))[0]
}
