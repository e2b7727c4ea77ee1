/**
 * Loads the package that reads .proto files and encodes messages. That takes 50 ms and a megabyte, so only tests that use gRPC do it.
 */
import { createRequire } from 'node:module'
import type * as protobufjs from 'protobufjs'
import type * as descriptorModule from 'protobufjs/ext/descriptor.js'
import type * as protojsonModule from 'protobufjs/ext/protojson.js'

interface Packages {
  readonly protobuf: typeof protobufjs
  readonly descriptor: typeof descriptorModule
  readonly protojson: typeof protojsonModule
}

let loaded: Packages | null = null

export function packages(): Packages {
  if (loaded === null) {
    const require = createRequire(import.meta.url)
    loaded = {
      protobuf: require('protobufjs'),
      // Gives the classes of protobufjs their `fromDescriptor`.
      descriptor: require('protobufjs/ext/descriptor.js'),
      protojson: require('protobufjs/ext/protojson.js'),
    } as Packages
  }
  return loaded
}
