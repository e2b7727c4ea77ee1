/**
 * The SharedArrays of a thread, by name. Those that the script makes while it is loaded (VU 0) are sent to all threads, so their data is in the process
 * once. One that only some VUs make is made once for each thread.
 */
import { SharedData } from './shared-data.js'

/** The memory of each SharedArray, by name, as it is sent to other threads. */
export type SharedArrayBuffers = ReadonlyMap<string, SharedArrayBuffer>

export class SharedArrays {
  readonly #arrays: Map<string, SharedData>

  constructor(buffers: SharedArrayBuffers = new Map()) {
    this.#arrays = new Map([...buffers].map(([name, buffer]) => [name, new SharedData(buffer)]))
  }

  /** The data of a name. `make` is called for its elements when there is none with that name yet. */
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
