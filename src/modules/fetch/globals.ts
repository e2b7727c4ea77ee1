/** The globals of the Fetch Standard. */
import { File, FormData } from '../form-data.js'
import type { Globals } from '../module.js'
import { fetchClasses } from './classes.js'
import { createFetch } from './fetch.js'

export const fetchGlobals: Globals = {
  perVu: {
    fetch: ({ vu }) => createFetch(vu),
    Headers: () => fetchClasses().Headers,
    Request: () => fetchClasses().Request,
    Response: () => fetchClasses().Response,
  },
  shared: { File, FormData },
}
