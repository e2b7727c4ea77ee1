/** For the log: what helps when a URL was given without its scheme, which the texts of k6 do not say. */
export function schemeHint(problem: string, example: string): { readonly hint?: string } {
  const isMissing = /unsupported protocol scheme ""|first path segment in URL cannot contain colon/.test(problem)
  return isMissing ? { hint: `give the whole URL, with its scheme: ${example}` } : {}
}
