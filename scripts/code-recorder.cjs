// Loaded before dist/cli/main.js by the build: keeps the code that V8 has made of each program while a sample test ran, in the main
// thread and in a shard's.
const { renameSync, writeFileSync } = require('node:fs')
const vm = require('node:vm')
const { isMainThread } = require('node:worker_threads')

vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options)
    if (!options.filename?.endsWith('program.cjs')) return
    const record = () => {
      const target = `${options.filename}.code`
      // A shard's thread is ended without a word, maybe while it writes.
      writeFileSync(`${target}.part`, this.createCachedData())
      renameSync(`${target}.part`, target)
    }
    if (isMainThread) process.on('exit', record)
    else setInterval(record, 200)
  }
}
