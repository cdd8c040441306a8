/**
 * The resources of hawkBit's Direct Device Integration API, served by us: what a polling client finds below `/<tenant>/controller/v1/<device>`. Requests and answers
 * are values, so that any HTTP server can carry them.
 */
import type { DesiredState } from '../deployer.ts'
import type { Actions, DeviceActions } from '../actions.ts'
import type { Artefacts, StoredArtefact } from './artefacts.ts'
import { readFeedback } from './feedback.ts'

export interface DdiRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface DdiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | { readonly file: string; readonly from: number; readonly to: number }
}

export interface DdiOptions {
  readonly tenant: string
  /** Where clients reach us, without a slash at the end: `https://updates.example.org`. */
  readonly baseUrl: string
  readonly pollSeconds: number
  readonly artefacts: Artefacts
  /** Whether the `Authorization` header lets this device in. */
  readonly admits: (device: string, authorization: string | undefined) => boolean
  /** Gets what a device says of itself, where somebody takes contexts in. */
  readonly onContext?: (device: string, data: Readonly<Record<string, string>>, mode: 'merge' | 'replace' | 'remove') => void
}

/** Told of what devices did, after it is kept. */
export type ActionListener = (before: DeviceActions, after: DeviceActions) => void | Promise<void>

/** Answers one request. INVARIANT: an action that was closed is closed for good; clients repeat it otherwise. */
export function ddiResources(options: DdiOptions, actions: Actions, changed: ActionListener): (request: DdiRequest) => Promise<DdiAnswer> {
  const root = `/${options.tenant}/controller/v1/`
  return async (request) => {
    const path = request.path.split('?')[0]!
    if (!path.startsWith(root)) return refusal(404)
    const [rawDevice = '', resource, id, last, file] = path.slice(root.length).split('/')
    const device = decoded(rawDevice)
    if (device === undefined || device === '') return refusal(404)
    if (!options.admits(device, single(request.headers['authorization'])))
      return { ...refusal(401), headers: { 'www-authenticate': 'TargetToken' } }
    const base = `${options.baseUrl}${root}${encodeURIComponent(device)}`
    const one = actions.get(device)
    const running = one?.is === 'open' || one?.is === 'fetched' ? one : undefined
    const mine = one !== undefined && id === String(one.newest.revision.execution)

    if (resource === undefined && request.method === 'GET') return json(pollAnswer(base, options.pollSeconds, running))
    if (resource === 'configData' && request.method === 'PUT') return takeContext(device, request.body, options)
    if (resource === 'deploymentBase' && last === undefined && request.method === 'GET') {
      if (!mine || running === undefined) return refusal(404)
      const artefact = await artefactOf(running.newest, options.artefacts)
      if (running.newest.artefact !== undefined && artefact === undefined) return refusal(404)
      if (running.is === 'open') {
        const after = { ...running, is: 'fetched' } as const
        await actions.put([after])
        await changed(running, after)
      }
      return json(deployment(base, running.newest, artefact))
    }
    if (resource === 'deploymentBase' && last === 'feedback' && request.method === 'POST') {
      return mine ? takeFeedback(one, request.body, actions, changed) : refusal(one === undefined ? 404 : 410)
    }
    if (
      resource === 'softwaremodules' &&
      last === 'artifacts' &&
      file !== undefined &&
      (request.method === 'GET' || request.method === 'HEAD')
    ) {
      const artefact = one === undefined ? undefined : await artefactOf(one.newest, options.artefacts)
      return !mine || artefact === undefined ? refusal(404) : download(artefact, single(request.headers['range']))
    }
    return refusal(request.method === 'GET' ? 404 : 405)
  }
}

function pollAnswer(base: string, seconds: number, running: DeviceActions | undefined): object {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const links = { configData: { href: `${base}/configData` } }
  return {
    config: { polling: { sleep: `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}` } },
    _links:
      running === undefined ? links : { deploymentBase: { href: `${base}/deploymentBase/${running.newest.revision.execution}` }, ...links },
  }
}

function deployment(base: string, { revision, is, artefact }: DesiredState, stored: StoredArtefact | undefined): object {
  const metadata = [
    { key: 'fleetproof.outcome', value: is.outcome },
    { key: 'fleetproof.release', value: revision.release },
    ...Object.entries(is.settings)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ key: `fleetproof.setting.${name}`, value: JSON.stringify(value) })),
  ]
  const artifacts = []
  if (artefact !== undefined && stored !== undefined) {
    const href = `${base}/softwaremodules/${revision.execution}/artifacts/${encodeURIComponent(artefact.name)}`
    const link = base.startsWith('https:') ? { download: { href } } : { 'download-http': { href } }
    artifacts.push({ filename: artefact.name, hashes: stored.hashes, size: stored.bytes, _links: link })
  }
  // The client keeps the number as a whole number of 32 bits and sends it back.
  const chunk = { part: 'os', version: revision.release.slice(0, 12), name: is.variant ?? is.outcome, artifacts, metadata }
  return { id: String(revision.execution), deployment: { download: 'forced', update: 'forced', chunks: [chunk] } }
}

async function takeFeedback(before: DeviceActions, body: string, actions: Actions, changed: ActionListener): Promise<DdiAnswer> {
  const feedback = readFeedback(body)
  if (feedback === undefined) return refusal(400)
  switch (before.is) {
    case 'withdrawn':
      return refusal(410)
    case 'success':
    case 'failure':
    case 'rejected':
    case 'timed-out':
      // The answer to the first may have been lost.
      return feedback.is === before.is ? json({}) : refusal(410)
    case 'open':
    case 'fetched': {
      const is = feedback.is === 'goes-on' ? 'fetched' : feedback.is
      const after: DeviceActions = { ...before, is, why: feedback.why, runs: is === 'success' ? before.newest : before.runs }
      if (after.is !== before.is) await actions.put([after])
      await changed(before, after)
      return json({})
    }
  }
}

function takeContext(device: string, body: string, { onContext }: DdiOptions): DdiAnswer {
  try {
    const { mode = 'merge', data } = JSON.parse(body) as { mode?: unknown; data?: unknown }
    const known = mode === 'merge' || mode === 'replace' || mode === 'remove'
    if (!known || typeof data !== 'object' || data === null || Array.isArray(data)) return refusal(400)
    onContext?.(
      device,
      Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
      mode,
    )
    return json({})
  } catch {
    return refusal(400)
  }
}

function download({ path, bytes, hashes }: StoredArtefact, range: string | undefined): DdiAnswer {
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag: `"${hashes.sha256}"` }
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '')
  const from = asked === null ? 0 : Number(asked[1])
  const to = asked === null || asked[2] === '' ? bytes - 1 : Math.min(bytes - 1, Number(asked[2]))
  if (asked !== null && (from >= bytes || to < from)) return { status: 416, headers: { 'content-range': `bytes */${bytes}` }, body: '' }
  const part = asked === null ? {} : { 'content-range': `bytes ${from}-${to}/${bytes}` }
  return {
    status: asked === null ? 200 : 206,
    headers: { ...headers, ...part, 'content-length': String(to - from + 1) },
    body: { file: path, from, to },
  }
}

async function artefactOf({ artefact }: DesiredState, artefacts: Artefacts): Promise<StoredArtefact | undefined> {
  return artefact === undefined ? undefined : artefacts(artefact.sha256)
}

function json(value: object): DdiAnswer {
  return { status: 200, headers: { 'content-type': 'application/hal+json;charset=utf-8' }, body: JSON.stringify(value) }
}

function refusal(status: number): DdiAnswer {
  return { status, headers: {}, body: '' }
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
