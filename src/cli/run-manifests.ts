/**
 * The Kubernetes manifests of one run: the test, its agents, and the run that uses them.
 *
 *   ConfigMap   NAME          the archive of the test, unless it lies on a volume or in NATS
 *   Job         NAME-agents   one pod per instance; each ends after its run, or when none came
 *   Job         NAME          sockeye run, whose log is progress and summary, and whose exit code is the verdict
 *
 * Where NATS is and who may use it is in a Secret with the variables of sockeye (SOCKEYE_NATS_URL, SOCKEYE_NATS_TOKEN …).
 */

export interface RunManifestOptions {
  /** The name of everything that belongs to the run; it is also a label of Kubernetes. */
  readonly name: string
  readonly namespace: string | undefined
  readonly instances: number
  readonly image: string
  readonly natsSecret: string
  /** Names of Kubernetes Secrets whose entries become variables of the script. */
  readonly envSecrets: readonly string[]
  /** Labels of the nodes that may have its pods. */
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly cpu: string
  readonly memory: string
  /** Further flags of `sockeye run`, as the user gave them. */
  readonly flags: readonly string[]
  readonly test: TestPlace
}

/** The archive itself, its place on a volume, or its name in NATS. */
export type TestPlace =
  | { readonly archive: Uint8Array }
  | { readonly claim: string; readonly path: string }
  | { readonly stored: string }

export type Manifest = Readonly<Record<string, unknown>>

/** In bytes. Kubernetes takes 1 MiB at most, with the name of the file and its field. */
export const LARGEST_CONFIG_MAP = 1_000_000

const FOLDER = '/test'
const ARCHIVE = 'archive.tar'
/** How long agents wait for their run, and the run for its agents: nodes may have to start first. */
const PATIENCE = '15m'
const USER = 65532

export function runManifests(options: RunManifestOptions): Manifest[] {
  const { name, test } = options
  const run = job(options, name, { backoffLimit: 0 }, runPod(options))
  const agents = job(
    options,
    `${name}-agents`,
    {
      completions: options.instances,
      parallelism: options.instances,
      completionMode: 'Indexed',
      // Kubernetes replaces an agent that is gone; --on-lost replace gives the new one its part.
      backoffLimit: options.instances,
      ttlSecondsAfterFinished: 600,
    },
    agentPod(options),
  )
  return 'archive' in test ? [configMap(options, test.archive), agents, run] : [agents, run]
}

function configMap(options: RunManifestOptions, archive: Uint8Array): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(options, options.name, 'script'),
    immutable: true,
    binaryData: { [ARCHIVE]: Buffer.from(archive).toString('base64') },
  }
}

function job(options: RunManifestOptions, name: string, spec: Manifest, pod: Manifest): Manifest {
  const component = name === options.name ? 'run' : 'agent'
  const template = { metadata: { labels: labels(options, component) }, spec: pod }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(options, name, component),
    spec: { ...spec, template },
  }
}

function runPod(options: RunManifestOptions): Manifest {
  const { name, instances, flags, test } = options
  const args = ['run', '--instances', String(instances), '--require', `run=${name}`, '--wait', PATIENCE, ...flags]
  const secrets = options.envSecrets
  if ('stored' in test) {
    return pod(options, { container: 'run', args: [...args, test.stored], secrets, mounts: [], volumes: [] })
  }
  const [file, volume] =
    'claim' in test
      ? [test.path, { persistentVolumeClaim: { claimName: test.claim, readOnly: true } }]
      : [ARCHIVE, { configMap: { name } }]
  return pod(options, {
    container: 'run',
    args: [...args, `${FOLDER}/${file}`],
    secrets,
    mounts: [{ name: 'test', mountPath: FOLDER, readOnly: true }],
    volumes: [{ name: 'test', ...volume }],
  })
}

function agentPod(options: RunManifestOptions): Manifest {
  const { name } = options
  const args = ['agent', '--once', '--idle', PATIENCE, '--label', `run=${name}`]
  return {
    ...pod(options, { container: 'agent', args, secrets: [], mounts: [], volumes: [] }),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels(options, 'agent') },
      },
    ],
  }
}

interface PodParts {
  readonly container: string
  readonly args: readonly string[]
  /** Secrets whose entries become variables. Only the run has those of scripts; it sends the variables to the agents with the test. */
  readonly secrets: readonly string[]
  readonly mounts: readonly Manifest[]
  readonly volumes: readonly Manifest[]
}

/** A pod without rights, which can write only to a folder for temporary files. */
function pod(options: RunManifestOptions, { container, args, secrets, mounts, volumes }: PodParts): Manifest {
  const { image, natsSecret, nodeSelector, cpu, memory } = options
  return {
    restartPolicy: 'Never',
    // When its pod is stopped, an agent ends its part and reports it; a run has its teardown and its summary.
    terminationGracePeriodSeconds: 120,
    // Scripts are code that somebody else may have written: they get no token of the cluster.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: container,
        image,
        args,
        // Of two Secrets with one variable the last counts.
        envFrom: [...secrets, natsSecret].map((name) => ({ secretRef: { name } })),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        // A limit of processor time would slow the generator down and falsify what it measures.
        resources: { requests: { cpu, memory }, limits: { memory } },
        volumeMounts: [...mounts, { name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [...volumes, { name: 'tmp', emptyDir: {} }],
  }
}

function metadata(options: RunManifestOptions, name: string, component: string): Manifest {
  const { namespace } = options
  return { name, ...(namespace === undefined ? {} : { namespace }), labels: labels(options, component) }
}

function labels({ name }: RunManifestOptions, component: string): Manifest {
  return {
    'app.kubernetes.io/name': 'sockeye',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/component': component,
  }
}
