/**
 * The compiler in a thread of its own, with a large stack (script/compile.ts): compiles what it is given, and ends.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { type CompileOptions, compile } from './compile.js'

export interface CompileJob {
  readonly kind: 'compile'
  readonly source: string
  readonly map: string
  readonly options: CompileOptions
}

const job = workerData as CompileJob | null
if (!isMainThread && job?.kind === 'compile') parentPort!.postMessage(compile(job.source, job.map, job.options))
