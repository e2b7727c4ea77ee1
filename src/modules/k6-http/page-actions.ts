/**
 * The methods of responses that read HTML: `html`, `submitForm` and `clickLink`.
 *
 * Errors  HostError with k6's texts
 * Source  docs/spec/http.md §22
 */
import { resolveUrl, targetOf } from '../../net/http/target.js'
import { UrlError } from '../../net/url.js'
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { parseHtml, type Selection } from '../k6-html/index.js'
import { encodeForm } from './body.js'
import { send } from './requests.js'
import { bodyText, type HttpResponse, type PageAction, type PageActions } from './response.js'

export class VuPageActions implements PageActions {
  readonly #vu: VirtualUser

  constructor(vu: VirtualUser) {
    this.#vu = vu
  }

  html(response: HttpResponse): PageAction {
    return (selector) => page(response, selector)
  }

  submitForm(response: HttpResponse): PageAction {
    return pausing(this.#vu, (given) => submitForm(this.#vu, response, given))
  }

  clickLink(response: HttpResponse): PageAction {
    return pausing(this.#vu, (given) => clickLink(this.#vu, response, given))
  }
}

function pausing(vu: VirtualUser, twin: (given: unknown) => Twin): PageAction {
  const action: PageAction = (given) => vu.runtime.run(twin(given))
  action[PAUSE] = twin
  return action
}

function page(response: HttpResponse, selector?: unknown): Selection {
  const document = parseHtml(bodyText(response, 'HTML'))
  return selector === undefined || selector === null ? document : document.find(selector)
}

type Options = Readonly<Record<string, unknown>>

function optionsOf(given: unknown): Options {
  return typeof given === 'object' && given !== null ? (given as Options) : {}
}

function* submitForm(vu: VirtualUser, response: HttpResponse, given: unknown): Twin {
  const { formSelector = 'form', submitSelector = '[type="submit"]', fields, params } = optionsOf(given)
  const document = page(response)
  const form = document.find(formSelector).first()
  if (form.size() === 0) {
    throw new HostError(`no form found for selector '${String(formSelector)}' in response '${response.url}'`)
  }
  const values = { ...entriesOf(form, submitSelector), ...optionsOf(fields) }
  const method = String(form.attr('method') ?? 'GET').toUpperCase()
  const action = linkOf(response, form.attr('action'))
  const warn = (text: string): void => vu.shard.log.warning(text)
  if (method !== 'GET') return yield* send(vu, 'response.submitForm()', { method, url: action, body: values, params })
  const query = encodeForm(values, warn)
  const bare = action.replace(/[?#].*$/s, '')
  return yield* send(vu, 'response.submitForm()', { method, url: query === '' ? bare : `${bare}?${query}`, params })
}

/** The values that the form sends, with that of the button that submits it. */
function entriesOf(form: Selection, submitSelector: unknown): Record<string, unknown> {
  const values: Record<string, unknown> = form.serializeObject()
  const submit = form.find(submitSelector).first()
  const name = submit.attr('name')
  if (typeof name === 'string' && name !== '') values[name] = submit.attr('value', '')
  return values
}

function* clickLink(vu: VirtualUser, response: HttpResponse, given: unknown): Twin {
  const { selector = 'a[href]', params } = optionsOf(given)
  const link = page(response).find(selector).first()
  const where = `'${String(selector)}' in response '${response.url}'`
  if (link.size() === 0) throw new HostError(`no element found for selector ${where}`)
  const href = link.attr('href')
  if (typeof href !== 'string') {
    throw new HostError(
      `no valid href attribute value found on element '${String(selector)}' in response '${response.url}'`,
    )
  }
  return yield* send(vu, 'response.clickLink()', { method: 'GET', url: linkOf(response, href), params })
}

/** Resolves a link against the URL of the response. A wrong URL is returned as it is: the request then fails with it. */
function linkOf({ url }: HttpResponse, reference: unknown): string {
  if (typeof reference !== 'string' || reference === '') return url
  try {
    return resolveUrl(reference, targetOf(url))
  } catch (error) {
    if (error instanceof UrlError) return reference
    throw error
  }
}
