/**
 * `sockeye/expect`: chai's assertions as checks. The exports are those of jslib's k6chaijs, which it stands in for.
 *
 * Every assertion is a check; the first one that fails ends its `describe` block, which returns false, and the iteration goes on.
 */
import * as chai from 'chai'
import { check, group } from 'k6'

interface Config {
  /** Names of checks do not contain the actual value, so that checks with different values are counted together. */
  aggregateChecks: boolean
  /** Write the whole message of a failed assertion to the log. */
  logFailures: boolean
  /** Values longer than this are cut in names of checks. */
  truncateMsgThreshold: number
}

const config = Object.assign(chai.config as unknown as Config & typeof chai.config, {
  aggregateChecks: true,
  logFailures: false,
  truncateMsgThreshold: 300,
})

type Message = string | (() => string)
/** Arguments of chai's `assert`: the outcome, the messages for it and for its negation, the expected and the actual value. */
type AssertArguments = [expression: unknown, message?: Message, negated?: Message, expected?: unknown, actual?: unknown]

chai.use((_, utils) => {
  const prototype = chai.Assertion.prototype as unknown as { assert(...args: AssertArguments): void }
  const original = prototype.assert
  prototype.assert = function (...args) {
    // chai makes assertions of its own: before it compares a length, it asserts that there is one. These are no checks.
    const isOwn = utils.flag(this as never, 'lockSsfi' as never)
    if (!isOwn) record(checkName(this, args, utils), Boolean(utils.test(this as never, args as never)))
    original.apply(this, args)
  }
})

/** `expect(response).to.have.validJsonBody()` */
chai.use(({ Assertion }) => {
  Assertion.addMethod('validJsonBody', function () {
    const { _obj: response } = this as unknown as { readonly _obj: { json(): unknown } }
    this.assert(isJson(response), 'has valid json body', 'has no valid json body', undefined)
  })
})

function isJson(response: { json(): unknown }): boolean {
  try {
    response.json()
    return true
  } catch {
    return false
  }
}

function checkName(assertion: object, args: AssertArguments, utils: Chai.ChaiUtils): string {
  // chai's types say that objDisplay() returns nothing.
  const display = utils.objDisplay as unknown as (value: unknown) => string
  const flag = (key: string): unknown => utils.flag(assertion as never, key as never)
  const message = flag('negate') ? args[2] : args[1]
  const template = (typeof message === 'function' ? message() : message) ?? ''
  const title = flag('message')
  const subject = config.aggregateChecks && title ? String(title) : display(flag('object'))
  const actual = args[4] ?? flag('object')
  const name = (config.aggregateChecks ? template.replace(/,? but got #\{act\}/g, '') : template)
    .replace(/#\{this\}/g, () => subject)
    .replace(/#\{act\}/g, () => display(actual))
    .replace(/#\{exp\}/g, () => display(args[3]))
  return name.length > config.truncateMsgThreshold ? `${name.slice(0, config.truncateMsgThreshold)}…` : name
}

/** A name must not contain `::`, which k6 writes between the names of groups. */
function record(name: string, passed: boolean): void {
  check(null, { [name.replaceAll('::', ':')]: () => passed })
}

/** A group. A failed assertion ends the group, and the iteration goes on. */
export function describe(name: string, body: () => void): boolean {
  let passed = true
  group(name, () => {
    try {
      body()
    } catch (error) {
      passed = false
      report(error)
    }
  })
  return passed
}

function report(error: unknown): void {
  if (error instanceof chai.AssertionError) {
    if (config.logFailures) console.warn(error.message)
    return
  }
  const { message = String(error), stack = message } = (error ?? {}) as Partial<Error>
  record(`exception raised: ${message}`, false)
  console.error(stack)
}

export const { expect } = chai
const facade = { ...chai, config, describe, expect }

export { facade as chai }
export default facade
