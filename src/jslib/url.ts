/** `sockeye/url`: the classes of the URL standard, which are globals here; for scripts that import jslib's url, which k6 needs. */
const { URL, URLSearchParams } = globalThis

export { URL, URLSearchParams }
export default { URL, URLSearchParams }
