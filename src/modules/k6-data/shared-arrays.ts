/**
 * The SharedArrays of a thread, by name. What the script makes while it is loaded (VU 0) is handed to all threads, so its data is
 * in the process once; a name that only some VUs use is made once per thread.
 */
import { SharedData } from './shared-data.js'

/** Memory of each SharedArray, by name; to be sent to other threads. */
export type SharedArrayBuffers = ReadonlyMap<string, SharedArrayBuffer>

export class SharedArrays {
  readonly #arrays: Map<string, SharedData>

  constructor(buffers: SharedArrayBuffers = new Map()) {
    this.#arrays = new Map([...buffers].map(([name, buffer]) => [name, new SharedData(buffer)]))
  }

  /** The data of that name; `make` gives its elements when there is none yet. */
  get(name: string, make: () => unknown): SharedData {
    let data = this.#arrays.get(name)
    if (data === undefined) {
      data = SharedData.of(make())
      this.#arrays.set(name, data)
    }
    return data
  }

  get buffers(): SharedArrayBuffers {
    return new Map([...this.#arrays].map(([name, { buffer }]) => [name, buffer]))
  }
}
