/**
 * Credentials that a server asks for first: digest and NTLM.
 *
 * Shape   an authenticator is for one call; it is shown each response and gives the header for the next try, or null when the
 *         response is what the call returns
 * Source  docs/spec/http.md §12
 */
import type { ResponseHead } from '../../net/http/response-parser.js'
import { DigestAuthenticator } from './digest.js'
import { credentialsOf, type HopRequest } from './hop.js'
import { NtlmAuthenticator } from './ntlm.js'
import type { AuthScheme } from './params.js'
import type { PreparedRequest } from './prepared-request.js'

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface Authenticator {
  /** Value of `Authorization`. */
  answer(head: ResponseHead, hop: HopRequest): string | null
}

/** Null when there are no credentials, or the script sends its own. */
export function authenticatorFor(scheme: AuthScheme, { target, headers }: PreparedRequest): Authenticator | null {
  const userInfo = target?.userInfo ?? null
  if (userInfo === null || headers.has('Authorization')) return null
  const credentials = credentialsOf(userInfo)
  return scheme === 'ntlm' ? new NtlmAuthenticator(credentials) : new DigestAuthenticator(credentials)
}
