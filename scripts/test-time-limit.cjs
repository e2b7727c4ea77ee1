// Loaded into the process of every test file: ends it after its time limit. Node 22 and 24 end only the test, and a file with an open timer or
// socket would hang forever. (--test-force-exit does not help: with it Node 24 loses results of files that have ended.)
const { isMainThread } = require('node:worker_threads')

const limitMs = Number(process.env.SOCKEYE_TEST_FILE_LIMIT_MS)
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && limitMs > 0) {
  setTimeout(() => {
    console.error(`${process.argv[1]}: over its time of ${limitMs / 1000} s`)
    process.exit(1)
  }, limitMs).unref()
}
