/** Code that scripts make while they run, in the thread of a shard: the compiler for it is loaded when the first script does so. */
import { createRequire } from 'node:module'
import type { compileConstructed, compileEvaluated } from '../pausable/compiler/constructed.js'
import { type CodeOwner, setCodeHost } from '../pausable/runtime/constructed-code.js'

interface Compiler {
  readonly compileConstructed: typeof compileConstructed
  readonly compileEvaluated: typeof compileEvaluated
}

/** @param owner the VU whose script is running */
export function compileConstructedCode(owner: () => CodeOwner | undefined): void {
  let loaded: Compiler | undefined
  const compiler = (): Compiler => {
    // The path is right here and from each bundle of dist/, which is a folder beside `pausable/`.
    loaded ??= createRequire(import.meta.url)('../pausable/compiler/entry.js') as Compiler
    return loaded
  }
  setCodeHost({
    owner,
    compile: (source) => compiler().compileConstructed(source),
    compileEvaluated: (source, surroundings) => compiler().compileEvaluated(source, surroundings),
  })
}
