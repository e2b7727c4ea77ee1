/**
 * What `sockeye kubernetes` prints, done as Kubernetes does it, but for the containers: the pods of its Jobs are processes of this machine with
 * the words, the variables and the files that the manifests say. Needs nats-server, as nats-transport.test.ts.
 */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readNatsOptions } from '../../src/cluster/nats-options.js'
import { openNatsTransport } from '../../src/cluster/nats-transport.js'
import { type Manifest, parseManifests } from '../deploy/manifests.js'
import { Machines, type Process } from './machines.js'
import { whyNoNats } from './nats-server.js'

const SCRIPT = `
  import { check } from 'k6'
  const data = open('./data.bin', 'b')
  export const options = { scenarios: { one: { executor: 'per-vu-iterations', vus: 4, iterations: 5 } } }
  export default function () {
    check(null, { reads: () => data.byteLength === Number(__ENV.SIZE), 'knows secrets': () => __ENV.PASSWORD === 'xyzzy' })
  }
`
/** Above what a ConfigMap holds, and not made of one byte. */
const LARGE = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * index) % 251)
const TOKEN = 'secret'
/** Servers that let everybody in on loopback would hide that the variables reach the pods. */
const GUARDED = { config: `authorization { token: ${TOKEN} }` }

type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>

/** One process per pod that the Jobs want. */
async function startPods(machines: Machines, manifests: readonly Manifest[], secrets: Secrets): Promise<Process[]> {
  const jobs = manifests.filter(({ kind }) => kind === 'Job')
  const pods = jobs.flatMap((job) =>
    Array.from({ length: job['spec'].completions ?? 1 }, () => job['spec'].template.spec),
  )
  return Promise.all(
    pods.map(async ({ containers: [container], volumes }, index) => {
      const folder = await mkdtemp(join(machines.folder, `pod-${index}-`))
      const mounted = volumes.find(({ configMap }: any) => configMap !== undefined)
      if (mounted !== undefined) await mount(manifests, mounted.configMap.name, join(folder, 'test'))
      const args = container.args.map((word: string) => word.replace(/^\/test\//, `${folder}/test/`))
      const env = Object.assign({}, ...container.envFrom.map(({ secretRef }: any) => secrets[secretRef.name]))
      return machines.pod(args, env, folder)
    }),
  )
}

async function mount(manifests: readonly Manifest[], name: string, folder: string): Promise<void> {
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
  await mkdir(folder)
  for (const [file, content] of Object.entries<string>(map?.['binaryData'])) {
    await writeFile(join(folder, file), Buffer.from(content, 'base64'))
  }
}

/** The manifests of script.js, as whoever works at a machine that reaches NATS prints them. */
async function print(machines: Machines, flags: readonly string[]): Promise<Manifest[]> {
  const printed = machines.pod(['kubernetes', 'script.js', '--instances', '2', ...flags], { SOCKEYE_NATS_TOKEN: TOKEN })
  assert.equal(await printed.ended, 0, printed.output)
  return parseManifests(printed.printed)
}

const secretsOf = ({ nats }: Machines): Secrets => ({
  'sockeye-nats': { SOCKEYE_NATS_URL: nats.url, SOCKEYE_NATS_TOKEN: TOKEN },
  accounts: { PASSWORD: 'xyzzy' },
})

async function isStored({ nats }: Machines, reference: string): Promise<boolean> {
  const options = readNatsOptions({ nats: nats.url, natsToken: TOKEN }, {})
  assert.ok(options !== undefined)
  const transport = await openNatsTransport(options, 'test')
  try {
    return (await transport.get(nameIn(reference))) !== undefined
  } finally {
    await transport.close()
  }
}

const nameIn = (reference: string): string => /^nats:([^@]*)@/.exec(reference)?.[1] ?? assert.fail(reference)
const lastWord = (manifests: readonly Manifest[]): string =>
  manifests.at(-1)?.['spec'].template.spec.containers[0].args.at(-1)

describe('the manifests of sockeye kubernetes', { skip: whyNoNats() }, () => {
  for (const [size, kinds] of [
    [1000, ['ConfigMap', 'Job', 'Job']],
    [LARGE.length, ['Job', 'Job']],
  ] as const) {
    it(`are a run on pods of its own, with a file of ${size} bytes`, async () => {
      await using machines = await Machines.start(0, SCRIPT, GUARDED)
      await writeFile(join(machines.folder, 'data.bin'), LARGE.subarray(0, size))
      const flags = ['--nats', machines.nats.url, '--env-secret', 'accounts', '--', '-e', `SIZE=${size}`]
      const manifests = await print(machines, flags)
      assert.deepEqual(
        manifests.map(({ kind }) => kind),
        kinds,
      )
      // Pods do not see where the manifests were printed.
      await rm(join(machines.folder, 'data.bin'))
      await rm(join(machines.folder, 'script.js'))
      for (const { ended, ...pod } of await startPods(machines, manifests, secretsOf(machines))) {
        assert.equal(await ended, 0, pod.output)
        if (/instances started/.test(pod.output)) assert.match(pod.output, /checks_succeeded\.+: 100\.00% 40 out of 40/)
      }
      if (kinds.length === 2) assert.equal(await isStored(machines, lastWord(manifests)), false)
    })
  }

  it('say what is wrong when the stored test has run, is another, or is named wrongly', async () => {
    await using machines = await Machines.start(0, SCRIPT, GUARDED)
    await writeFile(join(machines.folder, 'data.bin'), LARGE)
    const env = { SOCKEYE_NATS_URL: machines.nats.url, SOCKEYE_NATS_TOKEN: TOKEN }
    const reference = lastWord(await print(machines, ['--nats', machines.nats.url]))
    assert.match(reference, /^nats:script-[0-9a-f]{12}@sha256:[0-9a-f]{64}$/)
    const gone = reference.replace('nats:script', 'nats:other')
    const changed = reference.replace(/sha256:.*/, `sha256:${'0'.repeat(64)}`)
    for (const [script, text] of [
      [gone, /the test other-[0-9a-f]{12} is not in NATS: it has run/],
      [changed, /what NATS holds as script-[0-9a-f]{12} is not the test that was stored there/],
      ['nats:script', /\\"nats:script\\" names no test in NATS/],
    ] as const) {
      const run = machines.pod(['run', '--instances', '1', script], env)
      assert.equal(await run.ended, 255, run.output)
      assert.match(run.output, text)
    }
    // What was not fetched is not taken away.
    assert.equal(await isStored(machines, reference), true)
  })

  it('are not printed when NATS cannot keep the test, and the error says why', async () => {
    const cases = [
      [{ ...GUARDED, hasJetStream: false }, /has no JetStream/],
      [{ config: `authorization { token: other }` }, /refuses these credentials/],
      [
        { hasJetStream: false, config: `${GUARDED.config}\njetstream { max_mem: 1MB, max_file: 1MB }` },
        /files cannot be exchanged through NATS/,
      ],
    ] as const
    for (const [options, text] of cases) {
      await using machines = await Machines.start(0, SCRIPT, options)
      await writeFile(join(machines.folder, 'data.bin'), LARGE)
      const flags = ['--instances', '2', '--nats', machines.nats.url]
      const printed = machines.pod(['kubernetes', 'script.js', ...flags], { SOCKEYE_NATS_TOKEN: TOKEN })
      assert.equal(await printed.ended, 255, printed.output)
      assert.match(printed.output, text)
      assert.doesNotMatch(printed.output, /apiVersion/)
    }
  })
})
