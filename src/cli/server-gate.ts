// `gate --server`: the same verdict, decided by a service; the texts are sent, nothing is decided here.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { CheckInputs } from '../engine-check.ts'
import { unreadable } from './files.ts'
import type { Streams } from './streams.ts'

interface ServerGate {
  readonly server: string
  readonly tokenFile?: string
  readonly inputs: CheckInputs
  readonly kinds: readonly string[]
  readonly gate: { readonly failOn: string; readonly allowPossible: number; readonly allowUnknown: number; readonly baseline?: Source }
  /** Of the whole report; absent: the verdict alone. */
  readonly format?: string
}

interface ServerVerdict {
  readonly verdict: 'pass' | 'conflict' | 'unsure'
  /** What the service says of it, as one JSON value. */
  readonly json: object
  readonly text: string
  readonly report?: string
}

/** Bad input, a refusal among it, is a diagnostic; a service that cannot be reached throws `server/unreachable`. */
export async function gateByServer(asked: ServerGate, streams: Streams, signal: AbortSignal): Promise<Read<ServerVerdict>> {
  const token = await tokenOf(asked, streams)
  if (!token.ok) return token
  const base = asked.server.replace(/\/$/, '')
  const call = caller(base, token.value, signal)
  const submitted = await call('POST', '/v1/checks', requestOf(asked))
  if (!submitted.ok) return submitted
  const { id } = submitted.value as { readonly id: string }
  const onAbort = () => void caller(base, token.value, AbortSignal.timeout(2000))('POST', `/v1/jobs/${id}/cancel`).catch(() => undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = await waited(call, id)
  signal.removeEventListener('abort', onAbort)
  if (!ended.ok) return ended
  const verdict = await call('POST', `/v1/checks/${id}/gate`, asked.gate)
  if (!verdict.ok) return verdict
  const { text, ...json } = verdict.value as { readonly text: string; readonly verdict: ServerVerdict['verdict'] }
  const report = asked.format === undefined ? undefined : await call('GET', `/v1/checks/${id}/report?format=${asked.format}`)
  if (report?.ok === false) return report
  return {
    ok: true,
    value: { verdict: json.verdict, json, text, ...(report === undefined ? {} : { report: String(report.value) }) },
    diagnostics: [],
  }
}

type Call = (method: string, path: string, body?: object) => Promise<Read<unknown>>

async function waited(call: Call, id: string): Promise<Read<unknown>> {
  for (;;) {
    const job = await call('GET', `/v1/jobs/${id}?wait=30`)
    if (!job.ok) return job
    const { status, failure } = job.value as {
      readonly status: string
      readonly failure?: { readonly code: string; readonly message: string }
    }
    switch (status) {
      case 'succeeded':
        return job
      case 'failed':
        throw new EngineError(failure?.code ?? 'server/failed', `the service failed: ${failure?.message ?? 'it does not say why'}`)
      case 'cancelled':
        throw new EngineError('server/cancelled', 'somebody cancelled the check at the service')
    }
  }
}

async function tokenOf({ tokenFile }: ServerGate, streams: Streams): Promise<Read<string>> {
  const wrong = (source: string, message: string, hint?: string): Read<string> => ({
    ok: false,
    diagnostics: [{ code: 'server/token', severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: { source } }],
  })
  if (tokenFile !== undefined)
    try {
      return { ok: true, value: (await readFile(resolve(streams.workingDirectory, tokenFile), 'utf8')).trim(), diagnostics: [] }
    } catch (error) {
      return wrong(tokenFile, unreadable(error))
    }
  const token = process.env['FLEETPROOF_TOKEN']
  return token === undefined || token === ''
    ? wrong('--server', 'the service wants a token', 'maybe set FLEETPROOF_TOKEN, or give `--token-file FILE`')
    : { ok: true, value: token, diagnostics: [] }
}

function caller(base: string, token: string, signal: AbortSignal): Call {
  return async (method, path, body) => {
    let answer: Response
    try {
      answer = await fetch(`${base}${path}`, {
        method,
        signal,
        redirect: 'error',
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      if (signal.aborted) throw error
      throw new EngineError('server/unreachable', `the service at ${base} cannot be reached`, { cause: error })
    }
    const text = await answer.text()
    const json = /[/+]json/.test(answer.headers.get('content-type') ?? '') && !path.includes('/report?')
    if (answer.ok) return { ok: true, value: json ? (JSON.parse(text) as unknown) : text, diagnostics: [] }
    if (answer.status >= 500) throw new EngineError('server/failed', `the service answers ${answer.status}`)
    return { ok: false, diagnostics: refusedBy(base, answer.status, json ? (JSON.parse(text) as Refused) : {}) }
  }
}

interface Refused {
  readonly title?: string
  readonly diagnostics?: readonly Diagnostic[]
}

function refusedBy(base: string, status: number, { title, diagnostics = [] }: Refused): readonly Diagnostic[] {
  if (diagnostics.length > 0) return diagnostics
  const message = title === undefined ? `the service answers ${status}` : `the service refuses: ${title}`
  return [{ code: 'server/refused', severity: 'error', message, at: { source: base } }]
}

function requestOf({ inputs, kinds }: ServerGate): object {
  const { sources, aliases, places = [], effects = [], properties = [] } = inputs
  return {
    sources: sources.map(({ format, source, folder }) =>
      folder === undefined
        ? { format, name: named(source.name), text: source.text }
        : {
            format,
            name: named(folder.name),
            files: Object.fromEntries([...folder.files].map(([path, { text }]) => [path, text])),
          },
    ),
    places: places.map(sent),
    effects: effects.map(sent),
    properties: properties.map((each) => (each === 'default' ? each : sent(each))),
    kinds,
    ...(aliases === undefined ? {} : { aliases: sent(aliases) }),
  }
}

const sent = ({ name, text }: Source) => ({ name: named(name), text })

/** The name below the working directory: where files stand on this machine is nobody's business. */
function named(name: string): string {
  const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..')
  return name === '-' || parts.length === 0 ? 'input' : (name.startsWith('/') ? parts.slice(-1) : parts).join('/')
}
