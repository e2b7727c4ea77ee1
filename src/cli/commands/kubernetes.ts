/**
 * `sockeye kubernetes`: prints the manifests of one run on many pods.
 *
 * Errors  SockeyeError ERR_KUBERNETES for what Kubernetes would refuse; those of `sockeye archive` for the test; those of `sockeye agent` for
 *         NATS, which stores an archive that is too large for a ConfigMap
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { type NatsOptions, readNatsOptions } from '../../cluster/nats-options.js'
import type { NatsFlags } from '../../config/runtime.js'
import { archiveTest } from '../../run/archive-test.js'
import { version } from '../../run/version.js'
import { ARCHIVE_FLAGS } from '../command-flags.js'
import { collect, type Print, toStdout, withNatsFlags, yamlText } from '../command-parts.js'
import { processHost, requestOf } from '../command-request.js'
import { parseFlags } from '../parse-flags.js'
import { LARGEST_CONFIG_MAP, runManifests, type TestPlace } from '../run-manifests.js'

interface Options extends NatsFlags {
  readonly instances: number
  readonly name?: string
  readonly namespace?: string
  readonly image: string
  readonly natsSecret: string
  readonly volume?: string
  readonly envSecret: readonly string[]
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly cpu: string
  readonly memory: string
}

const EXAMPLES = `
What follows -- are flags of sockeye run. The Secret has what agents are told in variables: SOCKEYE_NATS_URL, SOCKEYE_NATS_TOKEN.

Examples:
  sockeye kubernetes script.ts --instances 20 | kubectl create -f -
  kubectl logs -f job/script
  sockeye kubernetes script.ts --instances 20 -- --weighted -e STAGE=beta --out opentelemetry
  sockeye kubernetes --nats nats://127.0.0.1:4222 large.ts --instances 20 | kubectl create -f -
  sockeye kubernetes --volume load-tests suite/archive.tar --instances 50`

/** A label of Kubernetes may have 63 characters. The names of pods add some to this name. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/

export function kubernetesCommand(print: Print = toStdout): Command {
  const command = new Command('kubernetes')
    .description('print the Kubernetes manifests of one run on many pods')
    .argument('<script>', 'a script, or an archive')
    .argument('[flags...]', 'after --, flags of sockeye run')
    .requiredOption('--instances <n>', 'how many pods run it', parseInstances)
    .option('--name <name>', "of all that belongs to the run; the script's unless given")
    .option('--namespace <name>', 'where it belongs')
    .option('--image <image>', 'what the pods run; deploy/Dockerfile makes it', `sockeye:${version}`)
    .option('--nats-secret <name>', 'Secret with SOCKEYE_NATS_URL and the credentials', 'sockeye-nats')
    .option('--volume <claim>', 'the script lies on the volume of this claim, as a path from its root')
    .option('--env-secret <name>', 'Secret whose variables scripts find in __ENV; may be repeated', collect, [])
    .option('--node-selector <label=value>', 'only nodes with that label; may be repeated', collectLabel, {})
    .option('--cpu <quantity>', 'processor time that a pod asks for', '1')
    .option('--memory <quantity>', 'memory that a pod gets', '1Gi')
    .addHelpText('after', EXAMPLES)
    .action(async (script: string, flags: string[], options: Options) => {
      assertRunFlags(flags)
      const name = nameOf(script, options)
      const test = await placeOf(script, name, options)
      const { namespace, envSecret: envSecrets } = options
      print(
        runManifests({ ...options, namespace, envSecrets, name, flags, test })
          .map(yamlText)
          .join('---\n'),
      )
    })
  return withNatsFlags(command, 'NATS as it is reached from here, for an archive of over 1 MB (or SOCKEYE_NATS_URL)')
}

async function placeOf(script: string, name: string, options: Options): Promise<TestPlace> {
  const { volume } = options
  if (volume !== undefined) return { claim: volume, path: script.replace(/^\/+/, '') }
  const archive = await archiveOf(script)
  if (archive.length <= LARGEST_CONFIG_MAP) return { archive }
  const nats = readNatsOptions(options, process.env)
  if (nats !== undefined) return { stored: await store(archive, name, nats) }
  throw refusal(
    `the archive of ${script} has ${archive.length} bytes, and a ConfigMap holds ${LARGEST_CONFIG_MAP} at most`,
    'let it be stored in NATS: kubectl port-forward svc/sockeye-nats 4222, and --nats nats://127.0.0.1:4222; or put it on a volume (sockeye archive -O) and name its claim: --volume',
  )
}

async function store(archive: Buffer, name: string, nats: NatsOptions): Promise<string> {
  const [{ storeTest }, { openNatsTransport }] = await Promise.all([
    import('../../cluster/stored-test.js'),
    import('../../cluster/nats-transport.js'),
  ])
  const transport = await openNatsTransport(nats, 'sockeye kubernetes')
  try {
    return await storeTest(transport, name, archive)
  } finally {
    await transport.close()
  }
}

async function archiveOf(script: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-kubernetes-'))
  try {
    const out = join(folder, 'archive.tar')
    const host = processHost()
    const request = await requestOf(parseFlags([script], ARCHIVE_FLAGS, 'archive'), host, { includesSystemEnv: false })
    const exitCode = await archiveTest(request, host, { out, excludeEnvVars: false })
    if (exitCode !== 0) throw refusal(`${script} cannot be archived`, 'the log says why', exitCode)
    return await readFile(out)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Checks the flags of `run` here, so that a mistake is not found only in a pod. */
function assertRunFlags(flags: readonly string[]): void {
  const { runtime } = parseFlags([...flags, 'script'])
  if (runtime.instances === undefined && runtime.nats === undefined) return
  throw refusal('--instances and --nats stand before --', 'the Secret of --nats-secret says where NATS is')
}

function nameOf(script: string, { name }: Options): string {
  const given = name ?? nameFrom(script)
  if (NAME.test(given)) return given
  throw refusal(
    `"${given}" is no name for Kubernetes`,
    'give one of a to z, 0 to 9 and -, up to 40 of them: --name checkout-test',
  )
}

function nameFrom(script: string): string {
  return basename(script)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
}

function collectLabel(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=')
  if (at > 0) return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) }
  throw new InvalidArgumentError('it is written as label=value.')
}

function parseInstances(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= 10_000) return count
  throw new InvalidArgumentError('it is a whole number from 1 to 10000.')
}

function refusal(message: string, hint: string, exitCode = 255): SockeyeError {
  return new SockeyeError({ code: 'ERR_KUBERNETES', message, hint, exitCode })
}
