/** Cuts CSV (RFC 4180: quotes doubled inside quotes, line ends inside quotes) from a stream of bytes into rows of cells; memory is bounded by the longest row. */

export interface CsvRow {
  readonly cells: readonly string[]
  /** The line the row begins in. */
  readonly line: number
  /** Where each cell begins. */
  readonly places: readonly { readonly line: number; readonly column: number }[]
}

export type CsvProblem =
  | { readonly is: 'open-quote'; readonly line: number }
  /** Something stands between a closing quote and the next separator. */
  | { readonly is: 'after-quote'; readonly line: number; readonly cell: number }
  | { readonly is: 'too-long'; readonly line: number }

const SEPARATORS = [',', ';', '\t'] as const
const LONGEST_ROW = 16 * 1024 * 1024

/** Blank lines are passed over. The separator is the most frequent of comma, semicolon and tab in the first line. Stops at the first problem. */
export async function eachCsvRow(
  chunks: AsyncIterable<Uint8Array>,
  onRow: (row: CsvRow) => void,
  separator?: string,
): Promise<CsvProblem | undefined> {
  const decoder = new TextDecoder('utf-8')
  const state: State = {
    cells: [],
    cell: '',
    inQuotes: false,
    quoted: false,
    afterQuote: false,
    line: 1,
    begin: 1,
    length: 0,
    separator,
    head: '',
    places: [],
    place: { line: 1, column: 1 },
    offset: 0,
    lineStart: 0,
    problem: undefined,
  }
  for await (const chunk of chunks) {
    consume(state, decoder.decode(chunk, { stream: true }), onRow)
    if (state.problem !== undefined) return state.problem
  }
  consume(state, decoder.decode(), onRow)
  if (state.separator === undefined) start(state, onRow)
  if (state.problem !== undefined) return state.problem
  if (state.inQuotes) return { is: 'open-quote', line: state.begin }
  endRow(state, onRow)
  return state.problem
}

interface State {
  cells: string[]
  cell: string
  inQuotes: boolean
  /** The cell began with a quote. */
  quoted: boolean
  /** The last character closed a quote, or was the first of a doubled one. */
  afterQuote: boolean
  line: number
  begin: number
  length: number
  separator: string | undefined
  /** What came before the first line was complete. */
  head: string
  places: { line: number; column: number }[]
  /** Where the cell that is being read begins. */
  place: { line: number; column: number }
  /** Characters before the piece of text that is being read, and before its present line. */
  offset: number
  lineStart: number
  problem: CsvProblem | undefined
}

function consume(state: State, text: string, onRow: (row: CsvRow) => void): void {
  if (state.separator !== undefined) {
    read(state, text, state.separator, onRow)
    return
  }
  state.head += text
  if (/[\r\n]/.test(state.head) || state.head.length > LONGEST_ROW) start(state, onRow)
}

function start(state: State, onRow: (row: CsvRow) => void): void {
  const head = state.head
  const first = /^[^\r\n]*/.exec(head)![0].replaceAll(/"(?:[^"]|"")*"/g, '')
  const count = (separator: string): number => first.split(separator).length
  const separator = SEPARATORS.reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best))
  state.separator = separator
  state.head = ''
  read(state, head, separator, onRow)
}

function read(state: State, text: string, separator: string, onRow: (row: CsvRow) => void): void {
  let from = 0
  const take = (to: number): void => {
    if (to > from) state.cell += text.slice(from, to)
  }
  state.length += text.length
  if (state.length > LONGEST_ROW) state.problem = { is: 'too-long', line: state.begin }
  for (let at = 0; at < text.length && state.problem === undefined; at += 1) {
    const character = text[at]!
    if (state.inQuotes) {
      if (character === '"') {
        take(at)
        from = at + 1
        state.inQuotes = false
        state.afterQuote = true
      } else if (character === '\n') {
        state.line += 1
        state.lineStart = state.offset + at + 1
      }
      continue
    }
    if (character === '"') {
      if (state.afterQuote) state.cell += '"'
      else if (state.quoted || state.cell !== '' || at > from) continue
      from = at + 1
      state.inQuotes = true
      state.quoted = true
      state.afterQuote = false
    } else if (character === separator || character === '\n') {
      take(at)
      from = at + 1
      if (character === '\n') {
        if (state.cell.endsWith('\r') && (!state.quoted || state.afterQuote)) state.cell = state.cell.slice(0, -1)
        endRow(state, onRow)
        state.line += 1
        state.begin = state.line
        state.length = text.length - at
        state.lineStart = state.offset + from
      } else endCell(state)
      state.place = { line: state.line, column: state.offset + from - state.lineStart + 1 }
    } else if (state.afterQuote && character !== '\r') state.problem = { is: 'after-quote', line: state.line, cell: state.cells.length }
  }
  if (state.problem === undefined) take(text.length)
  state.offset += text.length
}

function endCell(state: State): void {
  state.cells.push(state.cell)
  state.places.push(state.place)
  state.cell = ''
  state.quoted = false
  state.afterQuote = false
}

function endRow(state: State, onRow: (row: CsvRow) => void): void {
  const blank = state.cells.length === 0 && state.cell === '' && !state.quoted
  if (state.cell.endsWith('\r') && !state.quoted) state.cell = state.cell.slice(0, -1)
  endCell(state)
  const { cells, places } = state
  state.cells = []
  state.places = []
  if (!blank) onRow({ cells, line: state.begin, places })
}
