/**
 * The paths and methods of the control API, and what each does to the run.
 *
 *   GET PATCH      /v1/status
 *   GET            /v1/metrics  /v1/metrics/{id}  /v1/groups  /v1/groups/{id}
 *   GET POST PUT   /v1/setup
 *   POST           /v1/teardown
 *
 * A wrong method is 405, an unknown path under /v1/ is 404, and any other path answers `ok`, which serves as a sign of life.
 *
 * Source  docs/spec/metrics-and-modules.md §6
 */
import { ControlError, type ControlledRun } from './controlled-run.js'
import { groupResources, metricResources, type Resource, setupDocument, statusDocument } from './documents.js'
import { readStatusChange } from './status-change.js'

export interface ApiRequest {
  readonly method: string
  /** The path of the request, without the query. */
  readonly path: string
  readonly body: () => Promise<string>
}

export interface ApiAnswer {
  readonly status: number
  /** Undefined without a body. */
  readonly type?: string
  readonly body?: string
}

type Handler = (run: ControlledRun, request: ApiRequest, id: string) => unknown

interface Route {
  /** The paths that the route answers. Its group is the id: `rtt` of `/v1/metrics/rtt`. */
  readonly path: RegExp
  readonly type: string
  /** What a handler returns is sent as JSON; undefined is an answer without a body. */
  readonly methods: Readonly<Record<string, Handler>>
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'

const ROUTES: readonly Route[] = [
  {
    path: /^\/v1\/status$/,
    type: 'application/json; charset=utf-8',
    methods: { GET: statusDocument, PATCH: changeStatus },
  },
  {
    path: /^\/v1\/metrics$/,
    type: JSON_TYPE,
    methods: { GET: (run) => ({ data: metricResources(run.results()) }) },
  },
  {
    path: /^\/v1\/metrics\/(.+)$/,
    type: JSON_TYPE,
    methods: { GET: (run, _, id) => one(metricResources(run.results()), id, 'metric') },
  },
  {
    path: /^\/v1\/groups$/,
    type: JSON_TYPE,
    methods: { GET: (run) => ({ data: groupResources(run.results()) }) },
  },
  {
    path: /^\/v1\/groups\/(.+)$/,
    type: JSON_TYPE,
    methods: { GET: (run, _, id) => one(groupResources(run.results()), id, 'group') },
  },
  { path: /^\/v1\/setup$/, type: JSON_TYPE, methods: { GET: setupDocument, POST: runSetup, PUT: putSetup } },
  { path: /^\/v1\/teardown$/, type: JSON_TYPE, methods: { POST: runTeardown } },
]

export async function answer(run: ControlledRun, request: ApiRequest): Promise<ApiAnswer> {
  const route = ROUTES.find(({ path }) => path.test(request.path))
  if (route === undefined) return unknownPath(request.path)
  const handler = Object.hasOwn(route.methods, request.method) ? route.methods[request.method] : undefined
  if (handler === undefined) return { status: 405 }
  try {
    const id = decode(route.path.exec(request.path)?.[1] ?? '')
    const document = await handler(run, request, id)
    return document === undefined ? { status: 200 } : { status: 200, type: route.type, body: JSON.stringify(document) }
  } catch (error) {
    if (error instanceof ControlError) return refusal(error)
    throw error
  }
}

function unknownPath(path: string): ApiAnswer {
  if (path.startsWith('/v1/')) return { status: 404, type: TEXT_TYPE, body: '404 page not found\n' }
  return { status: 200, type: TEXT_TYPE, body: 'ok' }
}

export function refusal({ status, title, message }: ControlError): ApiAnswer {
  const errors = [{ status: String(status), title, detail: message }]
  return { status, type: JSON_TYPE, body: JSON.stringify({ errors }) }
}

/** An id with a wrong percent code, such as `%zz`, stays as it is, and is found nowhere. */
function decode(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

function one(resources: readonly Resource[], id: string, what: string): { data: Resource } {
  const data = resources.find((resource) => resource.id === id)
  if (data !== undefined) return { data }
  throw new ControlError(404, 'Not Found', `No ${what} with that ID was found`)
}

async function changeStatus(run: ControlledRun, request: ApiRequest): Promise<unknown> {
  run.change(readStatusChange(await request.body()))
  return statusDocument(run)
}

async function runSetup(run: ControlledRun): Promise<unknown> {
  await orRefuse('Error executing setup', run.runSetup())
  return setupDocument(run)
}

async function putSetup(run: ControlledRun, request: ApiRequest): Promise<unknown> {
  const body = await request.body()
  try {
    run.setupData = body === '' ? 'null' : JSON.stringify(JSON.parse(body))
  } catch (error) {
    throw new ControlError(400, 'Error parsing request body', (error as Error).message)
  }
  return setupDocument(run)
}

async function runTeardown(run: ControlledRun): Promise<void> {
  await orRefuse('Error executing teardown', run.runTeardown())
}

async function orRefuse(title: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw new ControlError(500, title, (error as Error).message)
  }
}
