/**
 * Many sessions on the one connection that an embedded database has, in PostgreSQL's own protocol: whole requests take turns, first come first served, and who
 * is in a transaction keeps the turn until it ends.
 */

export interface Session {
  /** Bytes from the client, in pieces of any size. */
  readonly hear: (bytes: Uint8Array) => void
  /** The client is gone: what it had open is rolled back. */
  readonly end: () => void
}

/** Opens a session; `answer` hears what goes back to its client. */
export type OpenSession = (answer: (bytes: Uint8Array) => void) => Session

interface State {
  readonly answer: (bytes: Uint8Array) => void
  begun: boolean
  gone: boolean
  rest: Buffer
}

// AuthenticationOk, then ReadyForQuery outside of a transaction: nobody but this process reaches the database.
const WELCOME = Uint8Array.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])
const ROLLBACK = Buffer.concat([Buffer.from([0x51, 0, 0, 0, 13]), Buffer.from('rollback\0')])
const IDLE = 'I'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)
/** Query, Sync, Terminate: what ends a request. */
const TERMINATE = 'X'.charCodeAt(0)
const ENDS = new Set(['Q'.charCodeAt(0), 'S'.charCodeAt(0), TERMINATE])

/** `run`: one request, which ends with a query or a sync, to its answer. `failed`: the database itself is broken. */
export function embeddedSessions(run: (request: Uint8Array) => Promise<Uint8Array>, failed: (error: unknown) => void): OpenSession {
  let waiting: { readonly state: State; readonly request: Uint8Array }[] = []
  /** Who is in a transaction. */
  let holder: State | undefined
  let busy = false

  const work = async (): Promise<void> => {
    busy = true
    for (;;) {
      if (holder?.gone === true) {
        await run(ROLLBACK)
        holder = undefined
      }
      const at = holder === undefined ? 0 : waiting.findIndex(({ state }) => state === holder)
      const next = at < 0 ? undefined : waiting[at]
      if (next === undefined) break
      waiting = waiting.toSpliced(at, 1)
      const answer = await run(next.request)
      const last = answer.length - 1
      holder = answer[last - 5] === READY && answer[last] !== IDLE ? next.state : undefined
      next.state.answer(answer)
    }
    busy = false
  }
  const enqueue = (state: State, request: Uint8Array): void => {
    waiting.push({ state, request })
    if (!busy) work().catch(failed)
  }

  return (answer) => {
    const state: State = { answer, begun: false, gone: false, rest: Buffer.alloc(0) }
    const end = (): void => {
      state.gone = true
      waiting = waiting.filter((each) => each.state !== state)
      if (!busy) work().catch(failed)
    }
    return {
      hear: (bytes) => {
        state.rest =
          state.rest.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([state.rest, bytes])
        if (!state.begun) {
          if (state.rest.length < 4 || state.rest.length < state.rest.readUInt32BE(0)) return
          state.rest = state.rest.subarray(state.rest.readUInt32BE(0))
          state.begun = true
          answer(WELCOME)
        }
        for (let start = 0, at = 0; at + 5 <= state.rest.length;) {
          const next = at + 1 + state.rest.readUInt32BE(at + 1)
          if (next > state.rest.length) break
          const type = state.rest[at]!
          at = next
          if (!ENDS.has(type)) continue
          const request = state.rest.subarray(start, at)
          state.rest = state.rest.subarray(at)
          start = 0
          at = 0
          if (type === TERMINATE) end()
          else enqueue(state, request)
        }
      },
      end,
    }
  }
}
