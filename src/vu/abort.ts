/** Unwinds the script after `exec.test.abort()`. The VU is interrupted right after, so a script that catches it gains nothing. */
export class TestAborted extends Error {
  constructor(message: string) {
    super(message === '' ? 'test aborted' : `test aborted: ${message}`)
  }
}
