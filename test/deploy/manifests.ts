/**
 * Kubernetes' own word on manifests: the schemas of its API say what kinds of values they hold, and TypeScript, over types made of the same
 * schemas, that there is no field which Kubernetes would ignore.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: any
}

interface Model {
  new (data: unknown): { validate(): void }
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, [])
    return document.toJS() as Manifest
  })
}

export async function assertValid(manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const { [manifest.kind]: model } = (await import(modelOf(manifest))) as Record<string, Model>
    assert.ok(model !== undefined, manifest.kind)
    new model(manifest).validate()
  }
  assertNoUnknownFields(manifests)
}

function modelOf({ apiVersion, kind }: Manifest): string {
  return `kubernetes-models/${apiVersion}/${kind}`
}

function assertNoUnknownFields(manifests: readonly Manifest[]): void {
  // Below the project, where its packages are found.
  const folder = mkdtempSync(join(process.cwd(), 'build', 'manifests-'))
  try {
    const lines = manifests.flatMap((manifest, index) => [
      `import type { I${manifest.kind} as T${index} } from '${modelOf(manifest)}'`,
      `export const m${index}: T${index} = ${JSON.stringify(manifest, null, 2)}`,
    ])
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'))
    const flags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--ignoreConfig',
    ]
    const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, join(folder, 'manifests.ts')], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
