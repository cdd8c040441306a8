// Asks a service over HTTP with a token. Refusals come back as diagnostics; a service that cannot be reached, or fails, throws.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { unreadable } from './files.ts'
import type { Streams } from './streams.ts'

export interface ServerAddress {
  readonly server: string
  readonly tokenFile?: string
}

export type Call = (method: string, path: string, body?: object) => Promise<Read<unknown>>

export interface ServerEvent {
  readonly id: number
  readonly event: string
  readonly data: unknown
}

export interface Server {
  readonly base: string
  readonly call: Call
  /** For a call that must not end with the command. */
  readonly callWithin: (milliseconds: number) => Call
  /** Server-sent events behind `after`, across broken connections and restarts, until the caller has heard enough. */
  readonly events: (path: string, after: number) => AsyncGenerator<ServerEvent>
}

const ATTEMPTS = 10

export async function openServer(asked: ServerAddress, streams: Streams, signal: AbortSignal): Promise<Read<Server>> {
  if (!/^https?:\/\//.test(asked.server) || !URL.canParse(asked.server))
    return wrong('--server', `\`${asked.server}\` is no address of a service`, 'maybe `http://127.0.0.1:8080`')
  const token = await tokenOf(asked, streams)
  if (!token.ok) return token
  const base = asked.server.replace(/\/$/, '')
  const value: Server = {
    base,
    call: caller(base, token.value, signal),
    callWithin: (milliseconds) => caller(base, token.value, AbortSignal.timeout(milliseconds)),
    events: (path, after) => events(base, token.value, path, after, signal),
  }
  return { ok: true, value, diagnostics: [] }
}

const wrong = (source: string, message: string, hint?: string): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } => ({
  ok: false,
  diagnostics: [{ code: 'server/token', severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: { source } }],
})

async function tokenOf({ tokenFile }: ServerAddress, streams: Streams): Promise<Read<string>> {
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

const unreachable = (base: string, cause: unknown): EngineError =>
  new EngineError('server/unreachable', `the service at ${base} cannot be reached`, { cause })

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
      throw unreachable(base, error)
    }
    const text = await answer.text()
    const json = /[/+]json/.test(answer.headers.get('content-type') ?? '') && !path.includes('/report?')
    if (answer.ok) return { ok: true, value: json ? (JSON.parse(text) as unknown) : text, diagnostics: [] }
    if (answer.status >= 500 && answer.status !== 502) throw new EngineError('server/failed', `the service answers ${answer.status}`)
    return { ok: false, diagnostics: refusedBy(base, answer.status, json ? (JSON.parse(text) as Refused) : {}) }
  }
}

interface Refused {
  readonly title?: string
  readonly detail?: string
  readonly diagnostics?: readonly Diagnostic[]
}

function refusedBy(base: string, status: number, { title, detail, diagnostics = [] }: Refused): readonly Diagnostic[] {
  if (diagnostics.length > 0) return diagnostics
  const said = title === undefined ? `the service answers ${status}` : `the service refuses: ${title}`
  const message = detail === undefined || detail === title ? said : `${said}: ${detail}`
  return [{ code: 'server/refused', severity: 'error', message, at: { source: base } }]
}

async function* events(base: string, token: string, path: string, after: number, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  let seen = after
  for (let attempt = 1; ; attempt++) {
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': String(seen) }
      const answer = await fetch(`${base}${path}`, { headers, signal, redirect: 'error' })
      if (!answer.ok || answer.body === null) throw new EngineError('server/failed', `the service answers ${answer.status}`)
      for await (const event of readEvents(answer.body)) {
        attempt = 0
        seen = event.id
        yield event
      }
    } catch (error) {
      if (signal.aborted || error instanceof EngineError) throw error
      if (attempt >= ATTEMPTS) throw unreachable(base, error)
    }
    // A service that stops ends its streams; it may start again.
    await new Promise((resolve) => setTimeout(resolve, 200 * attempt))
  }
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      const data = field('data')
      if (data !== undefined) yield { id: Number(field('id') ?? 0), event: field('event') ?? '', data: JSON.parse(data) as unknown }
    }
  }
}
