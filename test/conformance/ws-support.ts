/** Runs the body of a `k6/ws` script's default function against a server that the test controls. */
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'
import { type Behaviour, type Peer, type WebSocketServer, webSocketServer } from '../helpers/websocket-server.js'

export interface SessionResult extends ScriptResult {
  /** Connections as the server saw them. */
  readonly peers: readonly Peer[]
}

export interface SessionOptions extends RunScriptOptions {
  /** `export const options = …` */
  readonly options?: object
  /** Code before the default function. */
  readonly init?: string
}

/** The script sees `url`, `ws`, `http`, `check`, `group`, `sleep`, `exec`, and `log`, which joins its arguments with blanks. */
export async function runSession(
  body: string,
  behaviour: Behaviour | WebSocketServer = {},
  { options = {}, init = '', ...more }: SessionOptions = {},
): Promise<SessionResult> {
  const isServer = 'peers' in behaviour
  const server = isServer ? behaviour : await webSocketServer(behaviour)
  const source = `
    import ws from 'k6/ws'
    import http from 'k6/http'
    import exec from 'k6/execution'
    import { check, group, sleep } from 'k6'
    const url = __ENV.SERVER_URL
    const log = (...parts) => console.log(parts.map(String).join(' '))
    export const options = ${JSON.stringify(options)}
    ${init}
    export default function () {
      ${body}
    }`
  try {
    const result = await runScript(source, { name: 'script.js', ...more, env: { SERVER_URL: server.url, ...more.env } })
    await server.settled()
    return { ...result, peers: server.peers }
  } finally {
    if (!isServer) await server[Symbol.asyncDispose]()
  }
}

/** JavaScript that logs what a function throws: name and message. */
export const THROWS = `const thrown = (f) => { try { f(); log('nothing thrown') } catch (e) { log(e.name + '|' + e.message) } }`
