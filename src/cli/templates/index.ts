/**
 * The scripts that `sockeye new` can write. Each runs as it is against the echo server, and on k6 with the same modules.
 *
 * Text between ⟦ and ⟧ is only for TypeScript.
 */
import { text as minimal } from './minimal.js'
import { text as protocol } from './protocol.js'
import { text as tcp } from './tcp.js'
import { text as websockets } from './websockets.js'
import { text as ws } from './ws.js'

export type TemplateName = 'minimal' | 'tcp' | 'ws' | 'websockets' | 'protocol'

export interface Template {
  readonly description: string
  readonly text: string
}

/** The template for a file of that name: with types when it is TypeScript. */
export function templateText(name: TemplateName, file: string): string {
  const { text } = TEMPLATES[name]
  return /\.[cm]?ts$/.test(file) ? text.replace(/[\u27e6\u27e7]/g, '') : text.replace(/\u27e6[^\u27e7]*\u27e7/g, '')
}

export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  minimal: { description: 'one TCP message there and back', text: minimal },
  tcp: { description: 'requests and answers on TCP connections, a ramp, thresholds', text: tcp },
  ws: { description: 'WebSocket sessions with k6/ws', text: ws },
  websockets: { description: 'WebSocket connections with k6/websockets, new users at a steady rate', text: websockets },
  protocol: { description: 'a binary protocol of your own over TCP, with a client class', text: protocol },
}
