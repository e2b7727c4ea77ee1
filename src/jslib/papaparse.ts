/** `sockeye/papaparse`: the package of that name, for CSV; also as jslib's papaparse, which it stands in for. */
import Papa from 'papaparse'

export const { parse, unparse } = Papa
export default Papa
