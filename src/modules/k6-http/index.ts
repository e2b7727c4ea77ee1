/**
 * Module `k6/http`, as far as scripts that open sockets need it: cookie jars. Importing it is always fine; calling a function that
 * would send a request throws, so that nobody takes a test without requests for a successful one.
 */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { CookieJar, vuJar } from '../cookie-jar.js'
import type { BuiltinModule } from '../module.js'

const REQUEST_FUNCTIONS = [
  'asyncRequest',
  'batch',
  'del',
  'expectedStatuses',
  'file',
  'get',
  'head',
  'options',
  'patch',
  'post',
  'put',
  'request',
  'setResponseCallback',
  'url',
] as const

const refusals = Object.fromEntries(REQUEST_FUNCTIONS.map((name) => [name, unsupported(name)]))

export const k6Http: BuiltinModule = {
  create: (vu) => ({
    CookieJar,
    cookieJar: () => currentJar(vu),
    ...refusals,
  }),
}

function currentJar(vu: VirtualUser): CookieJar {
  if (vu.phase === 'init') throw new HostError('getting cookie jars in the init context is not supported')
  return vuJar(vu)
}

function unsupported(name: string): () => never {
  return () => {
    throw new HostError(
      `k6/http requests are not supported by sockeye yet: it load-tests sockets. http.${name}() cannot be called; ` +
        'of k6/http there are CookieJar and cookieJar()',
    )
  }
}
