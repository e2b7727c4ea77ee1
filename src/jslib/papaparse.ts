/** `sockeye/papaparse`: the package papaparse, for CSV. It replaces jslib's papaparse. */
import Papa from 'papaparse'

export const { parse, unparse } = Papa
export default Papa
