/** Connects through k6/x/tcp, k6/ws and k6/websockets under the same options, and tells what each of them saw. */
import { type RunScriptOptions, runScript, type Sample, type ScriptResult } from '../helpers/run-script.js'

export interface Targets {
  /** `host:port` for k6/x/tcp; left out when the test has none. */
  readonly tcp?: string
  /** URL for k6/ws and k6/websockets. */
  readonly url?: string
  readonly tls?: boolean
}

export interface DialResult extends ScriptResult {
  /** `ok`, or the text of the error, by module. */
  readonly outcome: { readonly tcp?: string; readonly ws?: string; readonly websockets?: string }
  samplesOf(metric: string): readonly Sample[]
}

export interface DialOptions extends RunScriptOptions {
  /** `export const options`. */
  readonly options?: object
}

/** Each module sends 5 bytes, waits for the echo and closes. */
export async function dial(targets: Targets, { options = {}, ...more }: DialOptions = {}): Promise<DialResult> {
  const result = await runScript(dialScript(targets, options), {
    ...more,
    name: 'script.js',
    // k6/ws throws what it could not connect to, as the others do.
    flags: ['--throw', ...(more.flags ?? [])],
  })
  return {
    ...result,
    outcome: Object.fromEntries(reportsOf(result.console)),
    samplesOf: (metric) => result.samples.filter((sample) => sample.metric === metric),
  }
}

/** The script that `dial` runs; wants `--throw`. */
export function dialScript(targets: Targets, options: object = {}): string {
  return `
    import ws from 'k6/ws'
    import { WebSocket } from 'k6/websockets'
    import { Socket } from 'k6/x/tcp'
    export const options = ${JSON.stringify(options)}
    const targets = ${JSON.stringify(targets)}
    const report = (module, outcome) => console.log('@' + JSON.stringify([module, outcome]))

    async function dialTcp([host, port]) {
      const socket = new Socket()
      const echoed = new Promise((resolve) => socket.on('data', resolve))
      const closed = new Promise((resolve) => socket.on('close', resolve))
      await socket.connect({ port: Number(port), host, tls: targets.tls === true })
      await socket.write('hello')
      await echoed
      socket.destroy()
      await closed
    }

    function dialWs(url) {
      let failure = null
      ws.connect(url, (socket) => {
        socket.on('open', () => socket.send('hello'))
        socket.on('message', () => socket.close())
        socket.on('error', (error) => { failure = error })
      })
      if (failure !== null) throw failure
    }

    const dialWebsockets = (url) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url)
        socket.onopen = () => socket.send('hello')
        socket.onmessage = () => socket.close()
        socket.onerror = (event) => reject(new Error(event.error))
        socket.onclose = resolve
      })

    async function attempt(module, run) {
      try {
        await run()
        report(module, 'ok')
      } catch (error) {
        report(module, error.message)
      }
    }

    export default async function () {
      if (targets.tcp !== undefined) await attempt('tcp', () => dialTcp(targets.tcp.split(':')))
      if (targets.url === undefined) return
      await attempt('ws', () => dialWs(targets.url))
      await attempt('websockets', () => dialWebsockets(targets.url))
    }`
}

/** `[module, outcome]` of every attempt, from the console lines of the script. */
export function reportsOf(console: readonly string[]): [string, string][] {
  return console.filter((line) => line.startsWith('@')).map((line) => JSON.parse(line.slice(1)))
}

export const ALL_OK = { tcp: 'ok', ws: 'ok', websockets: 'ok' }
