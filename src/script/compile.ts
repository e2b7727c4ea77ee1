/**
 * The compiler walks the tree of a script by recursion, so that deep source (thousands of branches or calls one inside the other) needs
 * more stack than the main thread has. Then it is compiled again in a thread that has more.
 *
 * Errors  ScriptLoadError when even that is not enough
 */
import { Worker } from 'node:worker_threads'
import { type CompiledProgram, type CompileOptions, compile } from '../pausable/compiler/compile.js'
import type { CompileJob } from '../pausable/compiler/entry.js'
import { ScriptLoadError } from './errors.js'

/** Of address space; memory is what is used of it. */
const STACK_MB = 240

export async function compileScript(
  name: string,
  source: string,
  map: string,
  options: CompileOptions,
): Promise<CompiledProgram> {
  try {
    return compile(source, map, options)
  } catch (error) {
    if (!isStackOverflow(error)) throw error
  }
  try {
    return await compileInThread({ kind: 'compile', source, map, options })
  } catch (error) {
    throw isStackOverflow(error) ? ScriptLoadError.tooDeep(name) : error
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith('Maximum call stack size exceeded')
}

function compileInThread(job: CompileJob): Promise<CompiledProgram> {
  return new Promise((resolve, reject) => {
    // The path is right here and from each bundle of dist/, which is a folder beside `pausable/`.
    const worker = new Worker(new URL('../pausable/compiler/entry.js', import.meta.url), {
      workerData: job,
      resourceLimits: { stackSizeMb: STACK_MB },
    })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the compiler's thread ended with code ${code}`)))
  })
}
