/** Which names are names: each function gives the reason against one, or nothing. */

/** Words that the requirement language keeps for itself. */
const RESERVED = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'false',
  'for',
  'function',
  'if',
  'import',
  'in',
  'let',
  'loop',
  'namespace',
  'null',
  'package',
  'return',
  'true',
  'var',
  'void',
  'while',
  '__proto__',
])

/** Names that expressions read: letters, digits and `_`, not beginning with a digit. */
export function wordProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'must be a word of letters, digits and `_` that does not begin with a digit'
  if (name.length > 200) return 'is longer than 200 characters'
  return RESERVED.has(name) ? 'is a word that expressions keep for themselves' : undefined
}

/** The nearest word to something that is not one: `access-point` gives `access_point`. */
export function nearestWord(name: string): string | undefined {
  const word = name.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_')
  return wordProblem(word) === undefined ? word : undefined
}

/** Ids of variants: printed in tables, inside `{}` with settings, and on the command line. */
export function variantProblem(id: string): string | undefined {
  if (id === '') return 'is empty'
  if (id.length > 200) return 'is longer than 200 characters'
  if (id === 'none' || id === 'unmanaged') return 'is the name of an outcome that every model has'
  if (/\s/u.test(id)) return 'holds a blank'
  if (/\p{C}/u.test(id)) return 'holds a control character'
  return /[{},=`"]/.test(id) ? 'holds one of { } , = ` "' : undefined
}

/** Names that are only printed. */
export function labelProblem(name: string): string | undefined {
  if (name.trim() === '') return 'is empty'
  if (name.length > 200) return 'is longer than 200 characters'
  return /\p{C}/u.test(name) ? 'holds a control character' : undefined
}
