/**
 * Texts of the operating system's errors as k6 users know them: Go's wording on Linux, made from Node's errno codes.
 *
 * Shape   `connection refused`, to be put behind the system call: `connect: connection refused`
 */

const TEXTS: Record<string, string> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EAFNOSUPPORT: 'address family not supported by protocol',
  ECANCELED: 'operation was canceled',
  ECONNABORTED: 'software caused connection abort',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTDOWN: 'host is down',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'invalid argument',
  EISDIR: 'is a directory',
  EMFILE: 'too many open files',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENFILE: 'too many open files in system',
  ENAMETOOLONG: 'file name too long',
  ENOBUFS: 'no buffer space available',
  ENOENT: 'no such file or directory',
  ENOMEM: 'cannot allocate memory',
  ENOSPC: 'no space left on device',
  ENOTCONN: 'transport endpoint is not connected',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  EPROTO: 'protocol error',
  EROFS: 'read-only file system',
  ETIMEDOUT: 'connection timed out',
}

/** Raised when the descriptor is created, which Node reports as a failure of `connect`. */
const SOCKET_CALL_CODES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAFNOSUPPORT'])

export function systemErrorText(error: NodeJS.ErrnoException): string {
  return TEXTS[error.code ?? ''] ?? error.message
}

/** `connect: connection refused`, `bind: cannot assign requested address`, `socket: too many open files`. */
export function dialCauseText(error: NodeJS.ErrnoException): string {
  const text = TEXTS[error.code ?? '']
  if (text === undefined) return error.message
  if (SOCKET_CALL_CODES.has(error.code!)) return `socket: ${text}`
  return `${error.syscall === 'bind' ? 'bind' : 'connect'}: ${text}`
}
