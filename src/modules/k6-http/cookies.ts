/**
 * Cookies of one request: those that are sent, and how scripts see those that the server sets.
 *
 * Units   `expires` is milliseconds since 1970; 0 when the cookie has no such attribute
 * Source  docs/spec/http.md §11.3, §11.4
 */
import { addToList, type HeaderList } from '../../net/headers.js'
import type { JarCookie } from '../cookie-jar.js'
import type { ParamCookie } from './params.js'

export interface SentCookie {
  readonly name: string
  readonly value: string
  readonly replace: boolean
}

/** Cookies of the params first, then those of the jar. */
export function cookiesToSend(own: readonly ParamCookie[], ofJar: readonly JarCookie[]): SentCookie[] {
  const replaced = new Set(own.filter(({ replace }) => replace).map(({ name }) => name))
  return [
    ...own.map(({ name, value }) => ({ name, value, replace: false })),
    ...ofJar.filter(({ name }) => !replaced.has(name)).map(({ name, value }) => ({ name, value, replace: false })),
  ]
}

/** The value of the `Cookie` header. `note` is called when bytes had to be left out of a value. */
export function cookieLine(cookies: readonly SentCookie[], note: (text: string) => void): string {
  return cookies.map(({ name, value }) => `${cleanName(name)}=${cleanValue(name, value, note)}`).join('; ')
}

function cleanName(name: string): string {
  return name.replace(/[\r\n]/g, '-')
}

function cleanValue(name: string, value: string, note: (text: string) => void): string {
  const clean = value.replace(/[^\x20-\x7e]|["\\;]/g, '')
  if (clean !== value) note(`invalid bytes were dropped from the value of cookie "${name}"`)
  return /[ ,]/.test(clean) ? `"${clean}"` : clean
}

export interface ReceivedCookie {
  name: string
  value: string
  domain: string
  path: string
  http_only: boolean
  secure: boolean
  max_age: number
  expires: number
}

export function receivedCookies(fields: HeaderList): Record<string, ReceivedCookie[]> {
  const cookies: Record<string, ReceivedCookie[]> = {}
  for (const [name, line] of fields) {
    const cookie = name === 'Set-Cookie' ? parseSetCookie(line) : null
    if (cookie !== null) addToList(cookies, cookie.name, cookie)
  }
  return cookies
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\x20-\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/

function parseSetCookie(line: string): ReceivedCookie | null {
  const [pair = '', ...attributes] = line.split(';')
  const equals = pair.indexOf('=')
  const name = pair.slice(0, Math.max(0, equals)).trim()
  const value = unquoted(pair.slice(equals + 1).trim())
  if (!NAME.test(name) || !VALUE.test(value)) return null
  const cookie: ReceivedCookie = {
    name,
    value,
    domain: '',
    path: '',
    http_only: false,
    secure: false,
    max_age: 0,
    expires: 0,
  }
  for (const attribute of attributes) setAttribute(cookie, attribute)
  return cookie
}

function setAttribute(cookie: ReceivedCookie, text: string): void {
  const equals = text.indexOf('=')
  const key = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase()
  const value = equals < 0 ? '' : text.slice(equals + 1).trim()
  switch (key) {
    case 'domain':
      cookie.domain = value
      break
    case 'path':
      cookie.path = value
      break
    case 'secure':
      cookie.secure = true
      break
    case 'httponly':
      cookie.http_only = true
      break
    case 'max-age':
      if (/^-?\d+$/.test(value)) cookie.max_age = Number(value) <= 0 ? -1 : Number(value)
      break
    case 'expires':
      cookie.expires = Date.parse(value) || 0
      break
  }
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) && value.length > 1 ? value.slice(1, -1) : value
}
