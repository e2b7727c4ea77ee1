/** A text with its numbers (and long hexadecimal ones, such as ids) left out: equal for messages of one kind. */
export function withoutNumbers(text: string): string {
  return text.replace(/\b[0-9a-f]{8,}\b|\d+/g, '#')
}
