/**
 * Module `k6/html`: reads HTML documents with methods like those of jQuery. `k6/http` uses parseHtml for responses.
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
