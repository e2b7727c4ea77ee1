/**
 * Messages as scripts see them: the JSON form of protobuf, with default values for fields that are not set.
 *
 * Shape   names in lowerCamelCase (requests may use the names of the .proto file, too), 64-bit integers as text, enums as names, bytes as Base64,
 *         well-known types in their own forms. A field that is not set has its default. For a message, and for an `optional` field, that is
 *         null. Fields of a oneof that are not set are missing
 * Errors  those of protobufjs: they name the field
 * Source  ProtoJSON Format; docs/spec/http.md §25.2
 */
import type { Field, Type } from 'protobufjs'
import { packages } from './protobuf.js'

export function encodeMessage(type: Type, value: unknown): Uint8Array {
  // As JSON.stringify writes it: without functions and undefined, and with dates as text.
  const json: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
  return type.encode(packages().protojson.fromJson(type, json)).finish()
}

export function decodeMessage(type: Type, bytes: Uint8Array): unknown {
  return completed(type, packages().protojson.toJson(type, type.decode(bytes)))
}

interface FieldPlan {
  readonly key: string
  /** Makes the value of a field that is not set; undefined: such a field is missing. */
  readonly unset: (() => unknown) | undefined
  readonly shape: 'single' | 'list' | 'map'
  /** The type of a field that holds messages, whose own fields are completed, too; null for other fields. */
  readonly type: Type | null
}

const plans = new WeakMap<Type, readonly FieldPlan[]>()

const ANY = '.google.protobuf.Any'
const OWN_FORMS = new Set(
  (
    'Duration Timestamp FieldMask DoubleValue FloatValue Int64Value UInt64Value Int32Value UInt32Value BoolValue StringValue ' +
    'BytesValue Value Struct ListValue'
  )
    .split(' ')
    .map((name) => `.google.protobuf.${name}`),
)

/** The message with default values for fields that are not set, in the order of the declaration. */
function completed(type: Type, json: unknown): unknown {
  if (typeof json !== 'object' || json === null || OWN_FORMS.has(type.fullName)) return json
  if (type.fullName === ANY) return completedAny(type, json as Record<string, unknown>)
  const given = json as Record<string, unknown>
  const message: Record<string, unknown> = {}
  for (const { key, unset, shape, type: nested } of planOf(type)) {
    if (!Object.hasOwn(given, key)) {
      if (unset !== undefined) set(message, key, unset())
    } else set(message, key, nested === null ? given[key] : completedField(nested, shape, given[key]))
  }
  for (const key of Object.keys(given)) if (!Object.hasOwn(message, key)) set(message, key, given[key])
  return message
}

function completedField(type: Type, shape: FieldPlan['shape'], value: unknown): unknown {
  if (shape === 'list') return (value as unknown[]).map((item) => completed(type, item))
  if (shape === 'single') return completed(type, value)
  const map: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value as object)) set(map, key, completed(type, item))
  return map
}

function completedAny(type: Type, json: Record<string, unknown>): unknown {
  const url = json['@type']
  if (typeof url !== 'string') return json
  const { '@type': _, ...body } = json
  const inner = type.root.lookupType(url.slice(url.lastIndexOf('/') + 1))
  if (OWN_FORMS.has(inner.fullName) || inner.fullName === ANY) return json
  return { '@type': url, ...(completed(inner, body) as object) }
}

/** Assigns, also to a key named `__proto__`, which a plain assignment would lose. */
function set(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

function planOf(type: Type): readonly FieldPlan[] {
  let plan = plans.get(type)
  if (plan === undefined) {
    // Without extensions: they have no defaults, and are there when they are set.
    plan = type.fieldsArray
      .filter(({ declaringField, name }) => declaringField === null && !name.startsWith('.'))
      .map(planOfField)
    plans.set(type, plan)
  }
  return plan
}

function planOfField(field: Field): FieldPlan {
  const { Type: AnyType } = packages().protobuf
  const { jsonName: key, map, repeated, resolvedType } = field.resolve()
  const type = resolvedType instanceof AnyType ? resolvedType : null
  if (map) return { key, type, shape: 'map', unset: () => ({}) }
  if (repeated) return { key, type, shape: 'list', unset: () => [] }
  return { key, type, shape: 'single', unset: field.partOf === null ? unsetOf(field) : undefined }
}

function unsetOf(field: Field): () => unknown {
  const { Enum: AnyEnum } = packages().protobuf
  const { resolvedType, hasPresence, type } = field
  if (resolvedType instanceof AnyEnum) {
    if (resolvedType.fullName === '.google.protobuf.NullValue' || hasPresence) return () => null
    return () => resolvedType.valuesById[0] ?? 0
  }
  if (resolvedType !== null || hasPresence) return () => null
  switch (type) {
    case 'string':
    case 'bytes':
      return () => ''
    case 'bool':
      return () => false
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return () => '0'
    default:
      return () => 0
  }
}
