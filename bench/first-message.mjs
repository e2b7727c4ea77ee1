/** What benches and the processes that they start say to each other. */

/** Resolves with the next message of a child; rejects when it ends before, because a bench that waits for ever says nothing. */
export function firstMessage(child) {
  return new Promise((resolve, reject) => {
    const ended = (code, signal) => {
      reject(new Error(`a process of the bench ended with ${signal ?? `exit code ${code}`} before it answered`))
    }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
