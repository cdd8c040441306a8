/** Cuts an export of device twins from a stream of bytes: a JSON list, or objects one after the other (NDJSON); memory is bounded by the longest twin. */
import type { Position } from '../../diagnostics/diagnostic.ts'

const LONGEST_TWIN = 16 * 1024 * 1024

export type TwinProblem =
  | { readonly is: 'open'; readonly at: Position }
  | { readonly is: 'odd'; readonly at: Position; readonly text: string }
  | { readonly is: 'too-long'; readonly at: Position }

interface State {
  /** Inside the text of one twin; -1 outside of all. */
  depth: number
  inText: boolean
  escaped: boolean
  list: 'none' | 'open' | 'closed'
  parts: string[]
  length: number
  at: Position
  line: number
  lineStart: number
  offset: number
}

/** Stops at the first problem; what a twin holds is for its reader to judge. */
export async function eachTwin(
  chunks: AsyncIterable<Uint8Array>,
  onTwin: (text: string, at: Position) => void,
): Promise<TwinProblem | undefined> {
  const decoder = new TextDecoder('utf-8')
  const start: Position = { line: 1, column: 1 }
  const state: State = {
    depth: 0,
    inText: false,
    escaped: false,
    list: 'none',
    parts: [],
    length: 0,
    at: start,
    line: 1,
    lineStart: 0,
    offset: 0,
  }
  for await (const chunk of chunks) {
    const problem = consume(state, decoder.decode(chunk, { stream: true }), onTwin)
    if (problem !== undefined) return problem
  }
  const problem = consume(state, decoder.decode(), onTwin)
  if (problem !== undefined) return problem
  if (state.depth > 0) return { is: 'open', at: state.at }
  return state.list === 'open' ? { is: 'open', at: { line: state.line, column: state.offset - state.lineStart + 1 } } : undefined
}

function consume(state: State, text: string, onTwin: (text: string, at: Position) => void): TwinProblem | undefined {
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 10) {
      state.line += 1
      state.lineStart = state.offset + i + 1
    }
    if (state.depth > 0) {
      if (state.inText) {
        if (state.escaped) state.escaped = false
        else if (unit === 92) state.escaped = true
        else if (unit === 34) state.inText = false
      } else if (unit === 34) state.inText = true
      else if (unit === 123 || unit === 91) state.depth += 1
      else if ((unit === 125 || unit === 93) && --state.depth === 0) {
        onTwin(state.parts.join('') + text.slice(from, i + 1), state.at)
        state.parts = []
        state.length = 0
      }
      continue
    }
    if (unit === 32 || unit === 10 || unit === 13 || unit === 9 || unit === 0xfeff || unit === 44) continue
    const at = { line: state.line, column: state.offset + i - state.lineStart + 1 }
    if (unit === 123) {
      state.depth = 1
      state.at = at
      from = i
    } else if (unit === 91 && state.list === 'none') state.list = 'open'
    else if (unit === 93 && state.list === 'open') state.list = 'closed'
    else return { is: 'odd', at, text: text.slice(i, i + 20) }
  }
  state.offset += text.length
  if (state.depth === 0) return undefined
  state.parts.push(text.slice(from))
  state.length += text.length - from
  return state.length > LONGEST_TWIN ? { is: 'too-long', at: state.at } : undefined
}
