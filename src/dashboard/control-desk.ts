/**
 * What the page of a run may do to the run: pause, resume, stop and scale it, while the control API is on. With a token (`--api-token`)
 * every change needs the token. Without one, only a page on loopback may change the run: others who may watch a run may not end it.
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

export interface DeskRule {
  /** Other machines can reach the page. */
  readonly isPublic: boolean
  /** The token of the control API. */
  readonly token: string | undefined
}

export class ControlDesk {
  readonly #run: () => ControlledRun | undefined
  readonly #rule: DeskRule

  constructor(run: () => ControlledRun | undefined, rule: DeskRule) {
    this.#run = run
    this.#rule = rule
  }

  /** What the page shows as possible; undefined when nothing is. */
  offer(): PageControl | undefined {
    const run = this.#run()
    const { isPublic, token } = this.#rule
    if (run === undefined || (isPublic && token === undefined)) return undefined
    return { ...run.changeable(), isPaused: run.status().paused, needsToken: token !== undefined }
  }

  /** Makes the change that a request asks for. Returns the body of the answer. */
  async change(request: IncomingMessage): Promise<string> {
    const run = this.#run()
    if (run === undefined) throw new ControlError(404, 'Not found', 'the control API is off: --address turns it on')
    this.#assertAllowed(request)
    run.change(readStatusChange(await readBody(request)))
    return JSON.stringify(statusDocument(run))
  }

  #assertAllowed({ headers }: IncomingMessage): void {
    const { isPublic, token } = this.#rule
    if (isPublic && token === undefined)
      throw new ControlError(403, 'Forbidden', 'a page that others can reach changes a run with --api-token only')
    accessRule({ host: '127.0.0.1', port: 0 }, token)(headers)
    // A page of another site cannot send this type: the browser would ask this server first.
    if (headers['content-type'] !== 'application/json')
      throw new ControlError(415, 'Unsupported type', 'changes are application/json')
  }
}
