/** A script that runs in this process with its control API on a free port, and a client of that API. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusAttributes } from '../../src/api/controlled-run.js'
import { type RunControl, type RunScriptOptions, runScript, type ScriptResult } from './run-script.js'

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly text: string
}

export interface LiveRun {
  /** `127.0.0.1:PORT`. */
  readonly address: string
  readonly control: RunControl
  readonly ended: Promise<ScriptResult>
  send(method: string, path: string, body?: string): Promise<Answer>
  /** The attributes of GET /v1/status. */
  status(): Promise<StatusAttributes>
  /** PATCHes attributes of the status. */
  patch(attributes: object): Promise<Answer>
  /** Waits until the status is as it should be. */
  until(condition: (status: StatusAttributes) => boolean): Promise<StatusAttributes>
}

const POLL = 20
const PATIENCE = 30_000

export async function startRun(source: string, options: RunScriptOptions = {}): Promise<LiveRun> {
  let control: RunControl | undefined
  const flags = ['--address', '127.0.0.1:0', '--quiet', ...(options.flags ?? [])]
  const ended = runScript(source, {
    ...options,
    flags,
    onStart: (given) => {
      control = given
    },
  })
  const address = await Promise.race([addressOf(() => control), endedEarly(ended)])
  return liveRun(address, control as RunControl, ended)
}

async function endedEarly(ended: Promise<ScriptResult>): Promise<never> {
  const { exitCode, log } = await ended
  throw new Error(`the run ended before its API was there: exit code ${exitCode}, log ${JSON.stringify(log)}`)
}

function liveRun(address: string, control: RunControl, ended: Promise<ScriptResult>): LiveRun {
  const send: LiveRun['send'] = async (method, path, body) => {
    const response = await fetch(`http://${address}${path}`, { method, body })
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }
  const status = async (): Promise<StatusAttributes> =>
    JSON.parse((await send('GET', '/v1/status')).text).data.attributes
  return {
    address,
    control,
    ended,
    send,
    status,
    patch: (attributes) =>
      send('PATCH', '/v1/status', JSON.stringify({ data: { type: 'status', id: 'default', attributes } })),
    until: (condition) => poll(status, condition),
  }
}

async function addressOf(control: () => RunControl | undefined): Promise<string> {
  const line = () => control()?.log.find(({ msg }) => msg.startsWith('control API on http://'))?.msg
  return (
    await poll(
      async () => line() ?? '',
      (text) => text !== '',
    )
  ).replace('control API on http://', '')
}

/** Asks until the answer is as it should be. */
export async function poll<T>(ask: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const value = await ask()
    if (isRight(value)) return value
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(value)} after ${PATIENCE / 1000} s`)
    await sleep(POLL)
  }
}
