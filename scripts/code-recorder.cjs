// The build loads this before dist/cli/main.js and runs a sample test. It writes the code cache of V8 for the programs of the main thread and of
// a shard to files beside them, with which they start faster.
const { renameSync, writeFileSync } = require('node:fs')
const v8 = require('node:v8')
const vm = require('node:vm')
const { isMainThread } = require('node:worker_threads')

vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options)
    if (!options.filename?.endsWith('program.cjs')) return
    const record = () => {
      const target = `${options.filename}.code`
      // Code is for the flags with which it was written; src/engine/threads/entry.ts has changed this one since the start.
      if (process.versions.v8.startsWith('13.')) v8.setFlagsFromString('--osr-from-maglev')
      // By way of another file, because the thread of a shard may be ended while it writes.
      writeFileSync(`${target}.part`, this.createCachedData())
      renameSync(`${target}.part`, target)
    }
    if (isMainThread) process.on('exit', record)
    else setInterval(record, 200)
  }
}
