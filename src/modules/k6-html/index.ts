/**
 * Module `k6/html`: HTML documents to read, in the manner of jQuery. `k6/http` parses its answers with `parseHtml`, too.
 *
 * Source  docs/spec/http.md §22
 */
import type { BuiltinModule } from '../module.js'
import { parseDocument } from './document.js'
import { Selection } from './selection.js'

export { Selection } from './selection.js'

export const k6Html: BuiltinModule = { create: () => ({ parseHTML: parseHtml }) }

/** The document of any value; null and undefined stand for an empty text. */
export function parseHtml(source?: unknown): Selection {
  return new Selection([parseDocument(String(source ?? ''))])
}
