/** Cuts a template into its tokens; whitespace control is applied, comments and raw blocks are resolved. Throws a syntax error where the text is no template. */
import { syntaxError, type Token } from './syntax.ts'

const OPENING = /\{(?:\{|%|#)/g
const RAW_START = /^\{%[-+]?\s*raw\s*(-|\+)?%\}/
const RAW_END = /\{%([-+])?\s*endraw\s*([-+])?%\}/g
const NUMBER = /^(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)/
const NAME = /^[\p{L}_][\p{L}\p{N}_]*/u
const OPERATOR = /^(?:==|!=|<=|>=|\/\/|\*\*|[-+*/%~|.,:;()[\]{}<>=])/
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

export function tokensOf(whole: string): readonly Token[] {
  const text = whole.endsWith('\n') ? whole.slice(0, -1) : whole
  const tokens: Token[] = []
  let at = 0
  let strip = false
  const data = (end: number, stripEnd: boolean): void => {
    let part = text.slice(at, end)
    if (strip) part = part.trimStart()
    if (stripEnd) part = part.trimEnd()
    if (part !== '') tokens.push({ is: 'text', text: part, at })
  }
  for (;;) {
    OPENING.lastIndex = at
    const opening = OPENING.exec(text)
    if (opening === null) {
      data(text.length, false)
      break
    }
    const start = opening.index
    const sign = text[start + 2]
    data(start, sign === '-')
    strip = false
    if (opening[0] === '{#') {
      const end = text.indexOf('#}', start + 2)
      if (end < 0) syntaxError('a comment does not end', start)
      strip = text[end - 1] === '-' && end > start + 2
      at = end + 2
      continue
    }
    const raw = opening[0] === '{%' ? RAW_START.exec(text.slice(start, start + 200)) : null
    if (raw !== null) {
      RAW_END.lastIndex = start + raw[0].length
      const end = RAW_END.exec(text)
      if (end === null) syntaxError('a raw block does not end', start)
      let part = text.slice(start + raw[0].length, end.index)
      if (raw[1] === '-') part = part.trimStart()
      if (end[1] === '-') part = part.trimEnd()
      if (part !== '') tokens.push({ is: 'text', text: part, at: start })
      strip = end[2] === '-'
      at = end.index + end[0].length
      continue
    }
    const kind = opening[0] === '{{' ? 'print' : 'statement'
    tokens.push({ is: 'open', kind, at: start })
    const inside = start + 2 + (sign === '-' || (sign === '+' && kind === 'statement') ? 1 : 0)
    const closed = expressionTokens(text, inside, kind, tokens)
    strip = closed.strip
    at = closed.at
  }
  tokens.push({ is: 'end', at: text.length })
  return tokens
}

/** Tokens up to the end of the block. */
function expressionTokens(
  text: string,
  from: number,
  kind: 'print' | 'statement',
  tokens: Token[],
): { readonly at: number; readonly strip: boolean } {
  const close = kind === 'print' ? /^[-+]?\}\}/ : /^[-+]?%\}/
  const brackets: string[] = []
  let at = from
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1
    if (at >= text.length) syntaxError('a block does not end', from)
    // Enough for the longest operator, name or number that makes sense.
    const ahead = text.slice(at, at + 200)
    const end = brackets.length === 0 ? close.exec(ahead) : null
    if (end !== null) {
      tokens.push({ is: 'close', kind, at })
      return { at: at + end[0].length, strip: end[0].startsWith('-') }
    }
    const first = ahead[0]!
    if (first === '"' || first === "'") {
      const string = stringAt(text, at)
      tokens.push({ is: 'string', text: string.text, at })
      at = string.end
      continue
    }
    const number = NUMBER.exec(ahead)?.[0]
    const name = NAME.exec(ahead)?.[0]
    const operator = OPERATOR.exec(ahead)?.[0]
    if (number !== undefined) {
      const float = /^\d[\d_]*[.eE]/.test(number)
      tokens.push({ is: 'number', value: Number(number.replaceAll('_', '')), float, at })
      at += number.length
    } else if (name !== undefined) {
      tokens.push({ is: 'name', text: name, at })
      at += name.length
    } else if (operator !== undefined) {
      if ('([{'.includes(operator)) brackets.push(operator)
      else if (PAIRS[operator] !== undefined && brackets.pop() !== PAIRS[operator]) syntaxError(`\`${operator}\` closes nothing`, at)
      tokens.push({ is: 'operator', text: operator, at })
      at += operator.length
    } else syntaxError(`\`${first}\` means nothing here`, at)
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\u0007', '0': '\0' }

function stringAt(text: string, start: number): { readonly text: string; readonly end: number } {
  const quote = text[start]
  let result = ''
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]!
    if (character === quote) return { text: result, end: at + 1 }
    if (character !== '\\') {
      result += character
      continue
    }
    at += 1
    const escaped = text[at] ?? ''
    const hex = escaped === 'x' ? 2 : escaped === 'u' ? 4 : 0
    const digits = text.slice(at + 1, at + 1 + hex)
    if (hex > 0 && digits.length === hex && /^[\da-f]+$/i.test(digits)) {
      result += String.fromCharCode(Number.parseInt(digits, 16))
      at += hex
    } else if (escaped === '\n') continue
    else
      result += ESCAPES[escaped] ?? (escaped === quote || escaped === '\\' || escaped === "'" || escaped === '"' ? escaped : `\\${escaped}`)
  }
  syntaxError('a text in quotes does not end', start)
}
