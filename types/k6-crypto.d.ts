/** What @types/k6 leaves out of k6/crypto. */
import 'k6/crypto'

declare module 'k6/crypto' {
  /** Bytes, or the UTF-8 of a text, as hexadecimal digits. */
  export function hexEncode(data: string | ArrayBuffer): string
}
