/** S-expressions with offsets, read without recursion. */
import { readError, tokens } from './tokens.ts'

export type SExpression =
  | { readonly is: 'atom'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly is: 'list'; readonly items: readonly SExpression[]; readonly start: number; readonly end: number }

const NESTING = 100_000

/** Every expression of the text, in order. Throws `smt/read` with line and column where parentheses do not match or nest deeper than `nesting`. */
export const readExpressions = (source: string, nesting = NESTING): readonly SExpression[] => {
  const top: SExpression[] = []
  const open: { readonly items: SExpression[]; readonly start: number }[] = []
  let items = top
  for (const token of tokens(source)) {
    if (token.is === 'open') {
      if (open.length >= nesting) throw readError(source, token.start, `nested deeper than ${nesting}`)
      open.push({ items, start: token.start })
      items = []
    } else if (token.is === 'close') {
      const outer = open.pop()
      if (outer === undefined) throw readError(source, token.start, 'a `)` without its `(`')
      outer.items.push({ is: 'list', items, start: outer.start, end: token.end })
      items = outer.items
    } else items.push({ is: 'atom', text: token.text, start: token.start, end: token.end })
  }
  const last = open.at(-1)
  if (last !== undefined) throw readError(source, last.start, 'a `(` without its `)`')
  return top
}

/** A command of a script: its first word and where it stands. */
export interface Command {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** The commands of a script in order, nothing inside them kept. */
export const readCommands = (source: string): readonly Command[] => {
  const commands: Command[] = []
  let depth = 0
  let start = 0
  let name: string | undefined
  for (const token of tokens(source)) {
    if (token.is === 'atom') {
      if (depth === 0) throw readError(source, token.start, `\`${token.text}\` stands outside a command`)
      name ??= token.text
    } else if (token.is === 'open') {
      if (depth++ === 0) {
        start = token.start
        name = undefined
      }
    } else if (depth === 0) throw readError(source, token.start, 'a `)` without its `(`')
    else if (--depth === 0) commands.push({ name: name ?? '', start, end: token.end })
  }
  if (depth > 0) throw readError(source, start, 'a `(` without its `)`')
  return commands
}
