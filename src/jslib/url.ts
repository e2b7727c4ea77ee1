/** `sockeye/url`: the classes of the URL standard, which are globals here. It replaces jslib's url. */
const { URL, URLSearchParams } = globalThis

export { URL, URLSearchParams }
export default { URL, URLSearchParams }
