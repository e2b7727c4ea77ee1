// A reporter of node:test that prints the test files with failures, one per line.
export default async function* failedFiles(events) {
  const failed = new Set()
  for await (const { type, data } of events) if (type === 'test:fail' && data.file !== undefined) failed.add(data.file)
  for (const file of failed) yield `${file}\n`
}
