// Imported into every test file's process: ends one that is over its time. Node 22 and 24 end only the test in it, and a file that keeps a
// timer or a socket would hang for ever. (--test-force-exit is no way out: with it Node 24 loses results of files that have ended.)
import { isMainThread } from 'node:worker_threads'

const limitMs = Number(process.env.SOCKEYE_TEST_FILE_LIMIT_MS)
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && limitMs > 0) {
  setTimeout(() => {
    console.error(`${process.argv[1]}: over its time of ${limitMs / 1000} s`)
    process.exit(1)
  }, limitMs).unref()
}
