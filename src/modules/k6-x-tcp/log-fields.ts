/** What every message of the module carries. */
export const FIELDS = { module: 'tcp' }
