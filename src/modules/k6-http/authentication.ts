/**
 * Authentication in which the server asks first: digest and NTLM.
 *
 * Shape   each call has an authenticator of its own. For each response it gives the `Authorization` header of the next request, or null when there is
 *         none: then the call returns this response
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
  /** The value of `Authorization`, or null. */
  answer(head: ResponseHead, hop: HopRequest): string | null
}

/** Null when the URL has no credentials, or when the script sends an `Authorization` header of its own. */
export function authenticatorFor(scheme: AuthScheme, { target, headers }: PreparedRequest): Authenticator | null {
  const userInfo = target?.userInfo ?? null
  if (userInfo === null || headers.has('Authorization')) return null
  const credentials = credentialsOf(userInfo)
  return scheme === 'ntlm' ? new NtlmAuthenticator(credentials) : new DigestAuthenticator(credentials)
}
