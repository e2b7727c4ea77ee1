/**
 * What the page of a run may do to it: pause, resume, stop and scale, as the control API does, and only while that is on. A page on
 * loopback may when the control API asks for no token; with a token (`--api-token`) each change needs it. A page that others can reach
 * may not without one: whoever may watch a run may not end it.
 *
 *   PATCH /v1/status   as the control API has it
 *
 * Errors  ControlError 401, 403, and those of the change
 */
import type { IncomingMessage } from 'node:http'
import { accessRule } from '../api/access.js'
import { ControlError, type ControlledRun } from '../api/controlled-run.js'
import { statusDocument } from '../api/documents.js'
import { readBody } from '../api/read-body.js'
import { readStatusChange } from '../api/status-change.js'
import type { PageControl } from '../report/page-data.js'

const MAX_BODY_BYTES = 64 * 1024

export interface DeskRule {
  /** Others than this machine reach the page. */
  readonly isPublic: boolean
  /** Of the control API. */
  readonly token: string | undefined
}

export class ControlDesk {
  readonly #run: () => ControlledRun | undefined
  readonly #rule: DeskRule

  constructor(run: () => ControlledRun | undefined, rule: DeskRule) {
    this.#run = run
    this.#rule = rule
  }

  /** Undefined when the page may do nothing. */
  offer(): PageControl | undefined {
    const run = this.#run()
    const { isPublic, token } = this.#rule
    if (run === undefined || (isPublic && token === undefined)) return undefined
    return { ...run.changeable(), isPaused: run.status().paused, needsToken: token !== undefined }
  }

  /** The answer's body. */
  async change(request: IncomingMessage): Promise<string> {
    const run = this.#run()
    if (run === undefined) throw new ControlError(404, 'Not found', 'the control API is off: --address turns it on')
    this.#assertAllowed(request)
    run.change(readStatusChange(await readBody(request, MAX_BODY_BYTES)))
    return JSON.stringify(statusDocument(run))
  }

  #assertAllowed({ headers }: IncomingMessage): void {
    const { isPublic, token } = this.#rule
    if (isPublic && token === undefined)
      throw new ControlError(403, 'Forbidden', 'a page that others can reach changes a run with --api-token only')
    accessRule({ host: '127.0.0.1', port: 0 }, token)(headers)
    // Pages of other sites cannot send this type unasked.
    if (headers['content-type'] !== 'application/json')
      throw new ControlError(415, 'Unsupported type', 'changes are application/json')
  }
}
