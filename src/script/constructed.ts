/** Code that scripts make while they run, in the thread of a shard: the compiler for it is loaded when the first script does so. */
import { createRequire } from 'node:module'
import type { compileConstructed } from '../pausable/compiler/constructed.js'
import { type CodeOwner, setCodeHost } from '../pausable/runtime/constructed-code.js'

interface Compiler {
  readonly compileConstructed: typeof compileConstructed
}

/** @param owner the VU whose script is running */
export function compileConstructedCode(owner: () => CodeOwner | undefined): void {
  let compiler: Compiler | undefined
  setCodeHost({
    owner,
    compile(source) {
      // The path is right here and from each bundle of dist/, which is a folder beside `pausable/`.
      compiler ??= createRequire(import.meta.url)('../pausable/compiler/entry.js') as Compiler
      return compiler.compileConstructed(source)
    },
  })
}
