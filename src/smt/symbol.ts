/** Names as SMT-LIB symbols: every text has one symbol and comes back from it unchanged. */

// A quoted reserved or theory word is still that word (SMT-LIB 2.6, 3.1), so these get their first character coded.
const TAKEN = new Set(
  (
    'BINARY DECIMAL HEXADECIMAL NUMERAL STRING _ ! as let exists forall match par true false not and or xor => = distinct ite + - * / div mod abs <= < >= > ' +
    'to_real to_int is_int divisible select store const int2bv bv2int bv2nat nat2bv if implies iff store map default array-ext as-array rem power ^ ^0 /0 div0 mod0 ' +
    'concat extract repeat pi euler sin cos tan sqrt min max intersection union setminus complement subset insert lambda root-obj labels ' +
    'assert check-sat declare-const declare-fun define-fun declare-sort define-sort push pop reset exit eval'
  ).split(' '),
)

const coded = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/** The symbol of a name: bare where SMT-LIB allows, else between bars; `|`, `\`, control characters and ambiguous `%` are written as %XX, characters beyond ASCII as %uXXXX. */
export const printSymbol = (name: string): string => {
  if (/^[A-Za-z][A-Za-z0-9_.~!$&*+/<>=?^-]*$/.test(name) && !TAKEN.has(name) && !/^(str|re|seq|bv|fp|int|bag|set|rel|sep)\./.test(name))
    return name
  let text = name
    .replace(/%(?=[0-9A-F]{2}|u[0-9A-F]{4})|[|\\\u0000-\u001f\u007f]/g, coded)
    .replace(/[^\u0000-\u007f]/g, (character) => `%u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
  const clash = TAKEN.has(name) || /^[.@]|^(str|re|seq|bv|fp|int|bag|set|rel|sep)\./.test(name)
  if (clash) text = coded(name[0]!) + text.slice(1)
  return `|${text}|`
}

/** The name of a symbol, with or without bars. */
export const readSymbol = (symbol: string): string => {
  const text = symbol.startsWith('|') ? symbol.slice(1, -1) : symbol
  if (!text.includes('%')) return text
  return text.replace(/%u([0-9A-F]{4})|%([0-9A-F]{2})/g, (_, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(parseInt(wide ?? narrow ?? '', 16)),
  )
}
