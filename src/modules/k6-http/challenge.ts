/**
 * Parses `WWW-Authenticate`: one or more fields, each with challenges of one or more schemes.
 *
 *   challenges := challenge { "," challenge }
 *   challenge  := scheme [ token68 | parameter { "," parameter } ]
 *
 * Source  RFC 9110 §11.6.1
 */
import type { HeaderList } from '../../net/headers.js'

export interface Challenge {
  /** In small letters. */
  readonly scheme: string
  /** Base64 that follows the scheme in place of parameters; empty without it. */
  readonly token: string
  /** By name in small letters. */
  readonly parameters: ReadonlyMap<string, string>
}

const PARAMETER = /^([!#$%&'*+\-.^_`|~\w]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/
const SCHEME = /^([!#$%&'*+\-.^_`|~\w]+)(?:\s+|\s*$|(?=,))/
const TOKEN = /^([A-Za-z0-9\-._~+/]+=*)\s*(?=,|$)/

export function challengesOf(fields: HeaderList): Challenge[] {
  return fields.filter(([name]) => name === 'Www-Authenticate').flatMap(([, value]) => parseChallenges(value))
}

/** Stops at the first text that is no challenge. */
function parseChallenges(value: string): Challenge[] {
  const challenges: { scheme: string; token: string; parameters: Map<string, string> }[] = []
  let rest = value.replace(/^[\s,]+/, '')
  while (rest !== '') {
    const current = challenges.at(-1)
    const parameter = PARAMETER.exec(rest)
    if (parameter !== null && current !== undefined) {
      const [whole, name, quoted, plain] = parameter
      current.parameters.set(name!.toLowerCase(), quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'))
      rest = rest.slice(whole.length)
    } else {
      const scheme = SCHEME.exec(rest)
      if (scheme === null) break
      rest = rest.slice(scheme[0].length)
      const token = PARAMETER.test(rest) && !TOKEN.test(rest) ? null : TOKEN.exec(rest)
      if (token !== null) rest = rest.slice(token[0].length)
      challenges.push({ scheme: scheme[1]!.toLowerCase(), token: token?.[1] ?? '', parameters: new Map() })
    }
    rest = rest.replace(/^[\s,]+/, '')
  }
  return challenges
}
