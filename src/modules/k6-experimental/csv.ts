/**
 * Module `k6/experimental/csv`: CSV files as a SharedArray (`parse`), or record by record (`Parser`).
 *
 * Shape   lines count from 0; the lines `fromLine` and `toLine` are included; with `asObjects` the first line has the keys
 * Errors  HostError with k6's texts
 * Source  docs/spec/http.md §24.2
 */
import { HostError } from '../../vu/host-error.js'
import { sharedArrayOf } from '../k6-data/index.js'
import type { BuiltinModule } from '../module.js'
import { CsvError, CsvReader } from './csv-reader.js'
import { contentOf, File } from './fs.js'

interface CsvOptions {
  readonly delimiter: string
  readonly skipFirstLine: boolean
  readonly fromLine: number
  readonly toLine: number
  readonly asObjects: boolean
}

type Row = string[] | Record<string, string>

export const k6Csv: BuiltinModule = {
  create: (vu, world) => ({
    parse: async (file?: unknown, options?: unknown) => {
      if (vu.phase !== 'init') throw new HostError('parse must be called in the init context')
      const source = fileOf(file)
      const read = readOptions(options, 'failed to interpret the provided Parser options; reason: ')
      const name = `k6/experimental/csv ${source.path} ${JSON.stringify(read)}`
      return sharedArrayOf(world, name, () => [...new Records(source, read)])
    },
    Parser: class Parser {
      readonly #records: Records

      constructor(file?: unknown, options?: unknown) {
        if (vu.phase !== 'init') throw new HostError('parser must be created in the init context')
        const prefix = 'encountered an error while interpreting Parser options; reason: '
        this.#records = new Records(fileOf(file), readOptions(options, prefix))
      }

      async next(): Promise<{ done: boolean; value: Row }> {
        const row = this.#records.next()
        return row.done === true ? { done: true, value: [] } : { done: false, value: row.value }
      }
    },
  }),
}

class Records implements IterableIterator<Row> {
  readonly #options: CsvOptions
  readonly #reader: CsvReader
  #keys: string[] | undefined
  #hasBegun = false

  constructor(file: File, options: CsvOptions) {
    this.#options = options
    this.#reader = new CsvReader(Buffer.from(contentOf(file)).toString('utf8'), options.delimiter)
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Row> {
    const { skipFirstLine, fromLine, toLine, asObjects } = this.#options
    if (!this.#hasBegun) {
      this.#hasBegun = true
      if (asObjects) this.#keys = this.#record()?.fields
      else if (skipFirstLine) this.#record()
    }
    let record = this.#record()
    while (record !== undefined && record.line < fromLine) record = this.#record()
    if (record === undefined || record.line > toLine) return { done: true, value: undefined }
    const { fields } = record
    const value = asObjects ? Object.fromEntries((this.#keys ?? []).map((key, i) => [key, fields[i] ?? ''])) : fields
    return { done: false, value }
  }

  #record() {
    try {
      return this.#reader.next()
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      throw new HostError(`failed to read record; reason: ${error.message}`)
    }
  }
}

function fileOf(value: unknown): File {
  if (value instanceof File) return value
  const got = value === null ? 'null' : typeof value
  throw new HostError(`first argument expected to be a fs.File instance, got ${got}`)
}

function readOptions(given: unknown, prefix: string): CsvOptions {
  const {
    delimiter = ',',
    skipFirstLine = false,
    asObjects = false,
    fromLine = 0,
    toLine,
  } = (given ?? {}) as Record<string, unknown>
  const separator = String(delimiter)
  const options = {
    delimiter: separator,
    skipFirstLine: skipFirstLine === true,
    asObjects: asObjects === true,
    fromLine: Math.trunc(Number(fromLine ?? 0)),
    toLine: toLine === undefined || toLine === null ? Number.MAX_SAFE_INTEGER : Math.trunc(Number(toLine)),
  }
  const created = 'failed to create a new parser; reason: '
  if ([...separator].length !== 1) throw new HostError(`${prefix}delimiter must be a single character`)
  if (!(options.fromLine >= 0)) {
    throw new HostError(`${created}the 'fromLine' option must be greater than or equal to 0; got ${String(fromLine)}`)
  }
  if (!(options.toLine >= options.fromLine)) {
    throw new HostError(`${prefix}fromLine must be less than or equal to toLine`)
  }
  if (options.asObjects && options.skipFirstLine) {
    throw new HostError(`${created}the 'header' option cannot be enabled when 'skipFirstLine' is true`)
  }
  if (options.asObjects && options.fromLine > 0) {
    throw new HostError(
      `${created}the 'header' option cannot be enabled when 'fromLine' is set to a value greater than 0`,
    )
  }
  return options
}
