/**
 * Imports that lead nowhere. The bundler's advice is for people who configure a bundler; here the advice is what a script's author
 * can do.
 */
import { builtinModules } from 'node:module'
import { basename } from 'node:path'
import type { Message } from 'esbuild'

/** What the bundler says of an import that leads nowhere. */
export const UNRESOLVED = /^Could not resolve "(.+)"$/
/** Settings of the bundler, which nobody can reach here. */
const NOT_FOR_USERS = /as external to exclude it|built into node|"?platform"?: /

/** `jslib.k6.io`, `github.com`. Names of packages may have dots, too, but seldom end like a domain: `socket.io` does. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|dev|k6\.io)$/i

/** The message with advice that can be followed. */
export function withOwnAdvice(message: Message): Message {
  const specifier = UNRESOLVED.exec(message.text)?.[1]
  if (specifier === undefined) return message
  const notes = message.notes.filter((note) => !NOT_FOR_USERS.test(note.text) && !isOfItself(note, message))
  if (isFilePath(specifier)) return { ...message, text: fileNotFound(specifier), notes }
  if (notes.length > 0 || isPath(specifier)) return { ...message, notes }
  const location = message.location === null ? null : { ...message.location, suggestion: '' }
  return { ...message, location, notes: [{ text: adviceFor(specifier), location: null }] }
}

/** A script that is called as the package that it imports is not what it wants to import. */
function isOfItself({ text }: Message['notes'][number], { location }: Message): boolean {
  const file = /to reference the file "(.+?)"/.exec(text)?.[1]
  return file !== undefined && location !== null && basename(file) === basename(location.file)
}

/** A path, a URL, or one of the package's own names: `#lib`. */
function isPath(specifier: string): boolean {
  return isFilePath(specifier) || /^[#\w.+-]+:/.test(specifier)
}

function isFilePath(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|[a-zA-Z]:[\\/])/.test(specifier)
}

/** In the words of k6. */
function fileNotFound(specifier: string): string {
  return `The moduleSpecifier "${specifier}" couldn't be found on local disk. Make sure that you've specified the right path to the file.`
}

function adviceFor(specifier: string): string {
  const [first = '', second] = specifier.split('/')
  if (builtinModules.includes(first))
    return 'modules of Node are not available to scripts: they run inside virtual users'
  if (specifier === 'ws') return 'WebSocket is a global here, and needs no import; the API of k6 is "k6/ws"'
  if (HOST.test(first) && second !== undefined)
    return `a module from the network needs its whole address: https://${specifier}`
  const name = first.startsWith('@') && second !== undefined ? `${first}/${second}` : first
  return `install it with: npm install ${name}`
}
