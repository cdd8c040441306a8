// `gate --server`: the same verdict, decided by a service; the texts are sent, nothing is decided here.
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { CheckInputs } from '../engine-check.ts'
import { openServer, type Call, type ServerAddress } from './server-call.ts'
import type { Streams } from './streams.ts'

interface ServerGate extends ServerAddress {
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
  const opened = await openServer(asked, streams, signal)
  if (!opened.ok) return opened
  const { call, callWithin } = opened.value
  const submitted = await call('POST', '/v1/checks', requestOf(asked))
  if (!submitted.ok) return submitted
  const { id } = submitted.value as { readonly id: string }
  const onAbort = () => void callWithin(2000)('POST', `/v1/jobs/${id}/cancel`).catch(() => undefined)
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
