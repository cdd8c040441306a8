/** Words, numbers, texts and signs of IoT Hub's query language, with their offsets. */

export interface QueryFault {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly start: number
  readonly end: number
}

export type QueryToken = { readonly start: number; readonly end: number } & (
  | { readonly is: 'word'; readonly text: string }
  /** A key in double brackets. */
  | { readonly is: 'key'; readonly text: string }
  | { readonly is: 'number'; readonly value: number; readonly text: string }
  | { readonly is: 'text'; readonly value: string; readonly text: string }
  | { readonly is: 'sign'; readonly text: string }
  | { readonly is: 'end'; readonly text: '' }
)

const SIGNS = ['!=', '<>', '<=', '>=', '=', '<', '>', '(', ')', '[', ']', ',', '.', '*', '+', '-', '/', '%']

/** The tokens, ending with one of kind `end`, or the first thing that is none. */
export function queryTokens(text: string): readonly QueryToken[] | QueryFault {
  const tokens: QueryToken[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  for (;;) {
    at += match(/\s*/y)?.length ?? 0
    if (at >= text.length) break
    const start = at
    const key = match(/\[\[[^\]]*\]\]/y)
    if (key !== undefined) {
      at += key.length
      tokens.push({ is: 'key', text: key.slice(2, -2), start, end: at })
      continue
    }
    const word = match(/[A-Za-z_$][\w$]*/y)
    if (word !== undefined) {
      at += word.length
      tokens.push({ is: 'word', text: word, start, end: at })
      continue
    }
    const number = match(/0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y)
    if (number !== undefined) {
      at += number.length
      const value = Number(number)
      if (!Number.isFinite(value)) return fault('number', `\`${number}\` is too large for a number`, start, at)
      tokens.push({ is: 'number', value, text: number, start, end: at })
      continue
    }
    if (text[at] === "'" || text[at] === '"') {
      const read = quoted(text, at)
      if ('code' in read) return read
      at = read.end
      tokens.push(read)
      continue
    }
    const sign = SIGNS.find((candidate) => text.startsWith(candidate, at))
    if (sign === undefined) {
      const shown = String.fromCodePoint(text.codePointAt(at)!)
      const doubled = text.startsWith('==', at) || shown === '!'
      return fault('sign', `\`${shown}\` is not known here`, start, at + shown.length, doubled ? 'maybe `NOT`' : undefined)
    }
    at += sign.length
    tokens.push({ is: 'sign', text: sign, start, end: at })
  }
  tokens.push({ is: 'end', text: '', start: text.length, end: text.length })
  return tokens
}

function fault(code: string, message: string, start: number, end: number, hint?: string): QueryFault {
  return { code, message, start, end, ...(hint === undefined ? {} : { hint }) }
}

/** A text in single or double quotes; escapes are \' \" \\ \uXXXX, a doubled quote stands for one. */
function quoted(text: string, start: number): QueryToken | QueryFault {
  const quote = text[start]!
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const unit = text[at]!
    if (unit === quote) {
      if (text[at + 1] !== quote) return { is: 'text', value, text: text.slice(start, at + 1), start, end: at + 1 }
      value += quote
      at++
    } else if (unit !== '\\') value += unit
    else {
      const escape = /^\\(?:(['"\\])|u([0-9a-fA-F]{4}))/.exec(text.slice(at, at + 6))
      if (escape === null)
        return fault('text', `\`${text.slice(at, at + 2)}\` is no escape; known are \\' \\" \\\\ and \\uXXXX`, at, at + 2)
      value += escape[1] ?? String.fromCharCode(parseInt(escape[2]!, 16))
      at += escape[0].length - 1
    }
  }
  return fault('text', 'a text is not closed by its quote', start, text.length)
}
