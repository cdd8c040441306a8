/** Functions of Python on texts: on constants at once, on open texts where the way back is known. */
import type { AutomationExpression, TextOperator, Value } from '../../../model/automation.ts'
import { apply, choose, same, value } from '../../node-red/expressions.ts'
import { times } from './numbers.ts'
import { constant, constantOf, has, type Jinja, list, only, textOf, type TextStep, truthValue, UNDEFINED, unknown } from './values.ts'
import { asText } from './conversions.ts'
import { joined } from './arithmetic.ts'
import type { Run } from './run.ts'
import { changedWays } from './compare.ts'
import { textExpr, textScalar } from './printing.ts'
import { splitLifted } from './ways.ts'

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()
/** Jinja's `title` keeps words together that an apostrophe joins; blanks, dashes and brackets part them. */
const titled = (text: string): string =>
  text
    .split(/([-\s({[<]+)/)
    .map(capitalized)
    .join('')

const spellings = (text: string): readonly string[] => [
  ...new Set([text, text.toLowerCase(), text.toUpperCase(), capitalized(text), titled(text)]),
]

/** All spellings in upper and lower case of a short text, else the usual ones. */
function folded(text: string): { readonly texts: readonly string[]; readonly sure: boolean } {
  const letters = Array.from(text).filter((letter) => letter.toLowerCase() !== letter.toUpperCase()).length
  if (letters > 3) return { texts: spellings(text), sure: false }
  let texts = ['']
  for (const letter of text)
    texts = texts.flatMap((start) => [...new Set([letter.toLowerCase(), letter.toUpperCase()])].map((one) => start + one))
  return { texts, sure: true }
}

const caseStep = (forwards: (text: string) => string, operator: TextOperator): TextStep => ({
  made: (of) => apply(operator, of),
  forwards,
  backwards: (text) => (forwards(text) === text ? folded(text) : { texts: [], sure: true }),
  keepsNumbers: true,
})

const trimStep: TextStep = {
  made: (of) => apply('trim', of),
  forwards: (text) => text.trim(),
  backwards: (text) => (text.trim() === text ? { texts: [text], sure: false } : { texts: [], sure: true }),
  keepsNumbers: true,
}

/** `replace(a, b)`: which texts lead to one is known where few places of b could have been an a. */
function replaceStep(from: string, to: string): TextStep {
  return {
    made: (of) => apply('replace', of, value(from), value(to)),
    forwards: (text) => text.replaceAll(from, () => to),
    backwards: (text) => {
      if (to === '') return { texts: text.includes(from) ? [] : [text], sure: false }
      const parts = text.split(to)
      if (parts.length > 6) return { texts: [text], sure: false }
      let texts = [parts[0]!]
      for (const part of parts.slice(1)) texts = texts.flatMap((start) => [start + to + part, start + from + part])
      return { texts: [...new Set(texts)].filter((one) => one.replaceAll(from, to) === text), sure: true }
    },
    keepsNumbers: false,
  }
}

/** A text changed by a step. */
export function changed(run: Run, of: Jinja, step: TextStep, why: string): Jinja {
  return splitLifted(run, [asText(run, of)], (one): Jinja => {
    const text = textOf(one)
    if (text !== undefined) return constant(step.forwards(text))
    if (one.is === 'scalar' && (one.text || only(one, 'text')))
      return has(one, 'number') && only(one, 'number') && step.keepsNumbers ? one : { is: 'changed', of: one, steps: [step] }
    if (one.is === 'changed') return { ...one, steps: [...one.steps, step] }
    if (one.is === 'joined' && step !== trimStep) return joined(one.parts.map((part) => changed(run, part, step, why)))
    if (one.is === 'clock' && step.keepsNumbers) return one
    const open = textExpr(run, one)
    return open === undefined ? unknown(one.is === 'unknown' ? one.why : why, { is: 'text' }) : textScalar(step.made(open))
  })
}

const STEPS: Readonly<Record<string, TextStep>> = {
  lower: caseStep((text) => text.toLowerCase(), 'lower'),
  casefold: caseStep((text) => text.toLowerCase(), 'lower'),
  upper: caseStep((text) => text.toUpperCase(), 'upper'),
  title: caseStep(titled, 'title'),
  capitalize: caseStep(capitalized, 'capital'),
  trim: trimStep,
  strip: trimStep,
}

/** `lower`, `upper`, `title`, `capitalize`, `trim` and `replace`, as filter or method; nothing for another name. */
export function textStep(run: Run, name: string, of: Jinja, parts: readonly Jinja[]): Jinja | undefined {
  if (Object.hasOwn(STEPS, name) && parts.length === 0) return changed(run, of, STEPS[name]!, `\`${name}\` of a joined text`)
  if (name !== 'replace') return undefined
  const [from, to] = parts
  if (from === undefined || to === undefined) return unknown('`replace` without two texts', { is: 'text' })
  return splitLifted(run, [asText(run, from), asText(run, to)], (a, b) => {
    const [x, y] = [textOf(a), textOf(b)]
    if (x === undefined || y === undefined) {
      const parts = [of, a, b].map((part) => textExpr(run, asText(run, part)))
      if (parts.includes(undefined)) return unknown('what is replaced is open', { is: 'text' })
      return textScalar(apply('replace', ...(parts as AutomationExpression[])))
    }
    return x === '' ? unknown('replaces the empty text', { is: 'text' }) : changed(run, of, replaceStep(x, y), 'replaces a part of a text')
  })
}

type Plain = (text: string, ...parts: readonly Value[]) => Jinja

const stripped = (text: string, letters: Value | undefined, start: boolean, end: boolean): string => {
  const set = typeof letters === 'string' ? letters : undefined
  const drops = (letter: string): boolean => (set === undefined ? /\s/.test(letter) : set.includes(letter))
  let [from, to] = [0, text.length]
  while (start && from < to && drops(text[from]!)) from += 1
  while (end && to > from && drops(text[to - 1]!)) to -= 1
  return text.slice(from, to)
}

const tests = (text: string, pattern: RegExp): Jinja => constant(pattern.test(text))
const PADDING_LIMIT = 1000

/** Methods and filters of texts that need constants. */
const PLAIN: Readonly<Record<string, Plain>> = {
  split: (text, separator, most) => list(splitText(text, separator, typeof most === 'number' ? most : -1).map((one) => constant(one))),
  rsplit: (text, separator) => list(splitText(text, separator, -1).map((one) => constant(one))),
  splitlines: (text) =>
    list(
      text
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .map((one) => constant(one)),
    ),
  startswith: (text, start) => constant(typeof start === 'string' && text.startsWith(start)),
  endswith: (text, end) => constant(typeof end === 'string' && text.endsWith(end)),
  strip: (text, letters) => constant(stripped(text, letters, true, true)),
  trim: (text, letters) => constant(stripped(text, letters, true, true)),
  lstrip: (text, letters) => constant(stripped(text, letters, true, false)),
  rstrip: (text, letters) => constant(stripped(text, letters, false, true)),
  removeprefix: (text, start) => constant(typeof start === 'string' && text.startsWith(start) ? text.slice(start.length) : text),
  removesuffix: (text, end) => constant(typeof end === 'string' && end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text),
  isdigit: (text) => tests(text, /^\d+$/),
  isdecimal: (text) => tests(text, /^\d+$/),
  isnumeric: (text) => tests(text, /^\d+$/),
  isalpha: (text) => tests(text, /^\p{L}+$/u),
  isupper: (text) => constant(text === text.toUpperCase() && text !== text.toLowerCase()),
  islower: (text) => constant(text === text.toLowerCase() && text !== text.toUpperCase()),
  find: (text, part) => constant(text.indexOf(String(part))),
  index: (text, part) => constant(text.indexOf(String(part))),
  count: (text, part) => constant(String(part) === '' ? text.length + 1 : text.split(String(part)).length - 1),
  zfill: (text, width) => constant(text.padStart(Math.min(Number(width), PADDING_LIMIT), '0')),
  rjust: (text, width, fill) => constant(text.padStart(Math.min(Number(width), PADDING_LIMIT), typeof fill === 'string' ? fill : ' ')),
  ljust: (text, width, fill) => constant(text.padEnd(Math.min(Number(width), PADDING_LIMIT), typeof fill === 'string' ? fill : ' ')),
  swapcase: (text) =>
    constant(
      Array.from(text)
        .map((letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()))
        .join(''),
    ),
  slugify: (text) => constant(slug(text)),
  urlencode: (text) => constant(encodeURIComponent(text)),
  wordcount: (text) => constant(text.split(/\s+/).filter((one) => one !== '').length),
  ord: (text) => constant(text.codePointAt(0) ?? 0),
  md5: () => unknown('a hash', { is: 'text' }),
  regex_match: (text, pattern, small) =>
    expressed(text, pattern, (regex) => constant(new RegExp(`^(?:${regex.source})`, small === true ? 'iu' : regex.flags).test(text))),
  regex_search: (text, pattern, small) =>
    expressed(text, pattern, (regex) => constant(new RegExp(regex.source, small === true ? 'iu' : regex.flags).test(text))),
  regex_replace: (text, pattern, to) =>
    expressed(text, pattern ?? '', (regex) =>
      constant(text.replace(new RegExp(regex.source, `${regex.flags}g`), replacement(String(to ?? '')))),
    ),
  regex_findall: (text, pattern) => expressed(text, pattern, (regex) => list(found(text, regex).map((one) => constant(one)))),
  regex_findall_index: (text, pattern, index) =>
    expressed(text, pattern, (regex) => constant(found(text, regex).at(typeof index === 'number' ? index : 0) ?? null)),
}

/** Parts that Python finds: the first group where there is one. */
const found = (text: string, regex: RegExp): readonly string[] =>
  [...text.matchAll(new RegExp(regex.source, `${regex.flags}g`))].map((match) => match[1] ?? match[0])
const replacement = (text: string): string =>
  text
    .replaceAll('$', '$$$$')
    .replace(/\\g<(\w+)>|\\(\d)/g, (_, name: string | undefined, digit: string | undefined) =>
      digit === undefined && !/^\d+$/.test(name ?? '') ? `$<${name ?? ''}>` : `$${digit ?? name ?? ''}`,
    )
const slug = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['"]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')

/** A pattern of Python as one of JavaScript; what could run for ever is left open. */
function expressed(text: string, pattern: Value | undefined, make: (regex: RegExp) => Jinja): Jinja {
  if (typeof pattern !== 'string') return unknown('a pattern that is no text')
  const regex = text.length > 2000 ? undefined : patternOf(pattern)
  return regex === undefined ? unknown(`the pattern \`${pattern}\``) : make(regex)
}

function patternOf(pattern: string): RegExp | undefined {
  const risky = pattern.length > 200 || /[+*}]\)?[+*{]|\)[+*{].*\)[+*{]|\([^)]*[+*|][^)]*\)[+*{]/.test(pattern)
  const flags = /^\(\?i\)/.test(pattern) ? 'iu' : 'u'
  const source = pattern
    .replace(/^\(\?[a-z]+\)/, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\\([-_ :,/"'#@%&<>=!~`;])/g, (_, one: string) => (one === '-' ? '\\x2d' : one === '/' ? '\\/' : one))
  if (risky) return undefined
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

function splitText(text: string, separator: Value | undefined, most: number): readonly string[] {
  if (separator === undefined || separator === null) return text.split(/\s+/).filter((one) => one !== '')
  const parts = text.split(String(separator))
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(String(separator))]
}

/** A function of texts by name on constants, case by case. */
export function plainText(run: Run, name: string, of: Jinja, parts: readonly Jinja[]): Jinja | undefined {
  if (!Object.hasOwn(PLAIN, name)) return undefined
  return splitLifted(run, [asText(run, changedWays(of)), ...parts], (...ways) => {
    const why = `\`${name}\` of an open text`
    const hidden = ways.find((way) => way.is === 'unknown')
    if (hidden?.is === 'unknown') return unknown(hidden.why, KINDS[name] ?? { is: 'any' })
    const [text, ...rest] = ways.map(constantOf)
    if (text !== undefined && !rest.includes(undefined)) return PLAIN[name]!(String(text), ...(rest as Value[]))
    const open = ways.map((way) => (constantOf(way) === undefined ? textExpr(run, way) : value(constantOf(way)!)))
    return (
      (open.includes(undefined) ? undefined : openText(name, open as AutomationExpression[])) ?? unknown(why, KINDS[name] ?? { is: 'any' })
    )
  })
}

/** A function of texts by name while the automation runs; nothing where no operator says it. */
function openText(name: string, parts: readonly AutomationExpression[]): Jinja | undefined {
  const [text = value(''), first, second] = parts
  const known = first?.is === 'value' ? first.value : undefined
  switch (name) {
    case 'startswith':
      return first === undefined ? undefined : truthValue(apply('starts', text, first))
    case 'endswith':
      return first === undefined ? undefined : truthValue(apply('ends', text, first))
    case 'strip':
    case 'trim':
      return first === undefined ? textScalar(apply('trim', text)) : undefined
    case 'split':
      if (second !== undefined || (first !== undefined && (typeof known !== 'string' || known === ''))) return undefined
      return { is: 'parts', of: text, separator: first === undefined ? null : String(known) }
    case 'removeprefix':
      return typeof known === 'string'
        ? textScalar(choose(apply('starts', text, value(known)), apply('slice', text, value(Array.from(known).length), value(null)), text))
        : undefined
    case 'removesuffix':
      return typeof known === 'string' && known !== ''
        ? textScalar(choose(apply('ends', text, value(known)), apply('slice', text, value(null), value(-Array.from(known).length)), text))
        : undefined
    case 'isdigit':
    case 'isdecimal':
    case 'isnumeric':
      return truthValue(apply('matches', text, value('^\\d+$')))
    case 'isalpha':
      return truthValue(apply('matches', text, value('^\\p{L}+$')))
    case 'find':
      return undefined
    case 'regex_match':
    case 'regex_search': {
      const small = second?.is === 'value' && second.value === true
      const pattern = typeof known === 'string' ? patternOf(known) : undefined
      if (pattern === undefined) return undefined
      const source = name === 'regex_match' ? `^(?:${pattern.source})` : pattern.source
      return truthValue(apply('matches', text, value(`${small || pattern.flags.includes('i') ? '(?i)' : ''}${source}`)))
    }
    case 'regex_replace': {
      const pattern = typeof known === 'string' ? patternOf(known) : undefined
      const to = second?.is === 'value' ? second.value : ''
      if (pattern === undefined || typeof to !== 'string') return undefined
      return textScalar(
        apply('rewrite', text, value(`${pattern.flags.includes('i') ? '(?i)' : ''}${pattern.source}`), value(replacement(to))),
      )
    }
    case 'regex_findall_index': {
      const pattern = typeof known === 'string' ? patternOf(known) : undefined
      const index = second?.is === 'value' && typeof second.value === 'number' ? second.value : 0
      if (pattern === undefined) return undefined
      return textScalar(apply('found', text, value(`${pattern.flags.includes('i') ? '(?i)' : ''}${pattern.source}`), value(index)))
    }
    default:
      return undefined
  }
}

/** The part of a cut text at a place; undefined beyond. */
export function partAt(of: Extract<Jinja, { readonly is: 'parts' }>, index: number): Jinja {
  const part = apply('part', of.of, value(of.separator), value(index))
  if (of.separator !== null && (index === 0 || index === -1)) return textScalar(part)
  return { is: 'choice', cases: [{ when: same(part, value(null)), value: UNDEFINED('a part') }], otherwise: textScalar(part) }
}

/** How many parts a cut text has; nothing where blanks part it. */
export function partCount(of: Extract<Jinja, { readonly is: 'parts' }>): AutomationExpression | undefined {
  if (of.separator === null) return undefined
  const separators = apply('-', apply('length', of.of), apply('length', apply('replace', of.of, value(of.separator), value(''))))
  return apply('+', times('/', separators, value(Array.from(of.separator).length)), value(1))
}

const truths = { is: 'bool' } as const
const whole = { is: 'number', integer: true } as const
const text = { is: 'text' } as const
const KINDS: Readonly<Record<string, typeof truths | typeof whole | typeof text>> = {
  startswith: truths,
  endswith: truths,
  isdigit: truths,
  isdecimal: truths,
  isnumeric: truths,
  isalpha: truths,
  isupper: truths,
  islower: truths,
  regex_match: truths,
  regex_search: truths,
  find: whole,
  index: whole,
  count: whole,
  wordcount: whole,
  ord: whole,
  strip: text,
  trim: text,
  lstrip: text,
  rstrip: text,
  removeprefix: text,
  removesuffix: text,
  zfill: text,
  rjust: text,
  ljust: text,
  swapcase: text,
  slugify: text,
  urlencode: text,
  md5: text,
  regex_replace: text,
  regex_findall_index: text,
}
