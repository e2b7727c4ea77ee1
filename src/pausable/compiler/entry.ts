/**
 * The compiler outside of the command: in a thread with a large stack (script/compile.ts), which compiles what it is given and ends, or
 * in the thread of a shard, for code that a script makes while it runs (script/constructed.ts).
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { type CompileOptions, compile } from './compile.js'

export { compileConstructed, compileEvaluated } from './constructed.js'

export interface CompileJob {
  readonly kind: 'compile'
  readonly source: string
  readonly map: string
  readonly options: CompileOptions
}

const job = workerData as CompileJob | null
if (!isMainThread && job?.kind === 'compile') parentPort!.postMessage(compile(job.source, job.map, job.options))
