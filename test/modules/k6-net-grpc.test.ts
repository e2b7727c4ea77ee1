/** The JSON form of messages: what the conformance tests of k6/net/grpc do not reach. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Type } from 'protobufjs'
import { decodeMessage, encodeMessage } from '../../src/modules/k6-net-grpc/json-mapping.js'
import { packages } from '../../src/modules/k6-net-grpc/protobuf.js'

function typeOf(source: string): Type {
  const { protobuf } = packages()
  const root = new protobuf.Root()
  for (const file of protobuf.parse(source, root).imports ?? []) root.addJSON(protobuf.common.get(file)!.nested!)
  return root.resolveAll().lookupType('M')
}

function thereAndBack(type: Type, value: unknown): unknown {
  return decodeMessage(type, encodeMessage(type, value))
}

describe('messages in their JSON form', () => {
  it('proto2 tells what is not set from what is empty', () => {
    const type = typeOf(
      'syntax = "proto2"; message M { optional string a = 1 [default = "d"]; optional int32 b = 2; required bool c = 3; repeated int32 r = 4; }',
    )
    assert.deepEqual(thereAndBack(type, { b: 0, c: false }), { a: null, b: 0, c: false, r: [] })
  })

  it('unknown numbers of enums stay numbers, and null is an unset field', () => {
    const type = typeOf('syntax = "proto3"; enum E { ZERO = 0; ONE = 1; } message M { E e = 1; repeated E list = 2; }')
    assert.deepEqual(thereAndBack(type, { e: 7, list: ['ONE', 0, 9] }), { e: 7, list: ['ONE', 'ZERO', 9] })
    assert.deepEqual(thereAndBack(type, { e: null }), { e: 'ZERO', list: [] })
  })

  it('keys of maps may be called like anything', () => {
    const type = typeOf('syntax = "proto3"; message M { map<string, string> m = 1; map<int64, bool> n = 2; }')
    const given = JSON.parse('{ "m": { "__proto__": "a", "constructor": "b" }, "n": { "-5": true } }')
    assert.equal(JSON.stringify(thereAndBack(type, given)), JSON.stringify(given))
  })

  it('64-bit integers keep every digit', () => {
    const type = typeOf('syntax = "proto3"; message M { int64 i = 1; uint64 u = 2; fixed64 f = 3; sint64 s = 4; }')
    const given = { i: '-9223372036854775808', u: '18446744073709551615', f: '1', s: '-1' }
    assert.deepEqual(thereAndBack(type, given), given)
    assert.throws(() => encodeMessage(type, { i: '9223372036854775808' }), /out of range/)
  })

  it('messages in messages, lists, maps and Any have their defaults, too', () => {
    const type = typeOf(
      `syntax = "proto3"; import "google/protobuf/any.proto";
      message P { int32 x = 1; } message M { P p = 1; repeated P list = 2; map<string, P> map = 3; google.protobuf.Any any = 4; M m = 5; }`,
    )
    const given = { p: {}, list: [{}], map: { k: {} }, any: { '@type': 'x/P' }, m: {} }
    const empty = { p: null, list: [], map: {}, any: null, m: null }
    assert.deepEqual(thereAndBack(type, given), {
      p: { x: 0 },
      list: [{ x: 0 }],
      map: { k: { x: 0 } },
      any: { '@type': 'x/P', x: 0 },
      m: empty,
    })
  })

  it('what JSON does not have is left out of requests', () => {
    const type = typeOf('syntax = "proto3"; message M { string a = 1; string b = 2; }')
    assert.deepEqual(thereAndBack(type, { a: undefined, b: 'x', go() {} }), { a: '', b: 'x' })
    assert.throws(() => encodeMessage(type, undefined))
  })
})
