/** Functions of Python on texts: on constants at once, on open texts where the way back is known. */
import type { Value } from '../../../model/automation.ts'
import { has, type Jinja, list, only, textOf, constant, type TextStep, unknown } from './values.ts'
import { asText } from './conversions.ts'
import { joined } from './arithmetic.ts'
import type { Run } from './run.ts'
import { changedWays } from './compare.ts'
import { ofConstants, splitLifted } from './ways.ts'

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

const caseStep = (forwards: (text: string) => string): TextStep => ({
  forwards,
  backwards: (text) => (forwards(text) === text ? folded(text) : { texts: [], sure: true }),
  keepsNumbers: true,
})

const trimStep: TextStep = {
  forwards: (text) => text.trim(),
  backwards: (text) => (text.trim() === text ? { texts: [text], sure: false } : { texts: [], sure: true }),
  keepsNumbers: true,
}

/** `replace(a, b)`: which texts lead to one is known where few places of b could have been an a. */
function replaceStep(from: string, to: string): TextStep {
  return {
    forwards: (text) => text.replaceAll(from, to),
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
    return unknown(one.is === 'unknown' ? one.why : why, { is: 'text' })
  })
}

const STEPS: Readonly<Record<string, TextStep>> = {
  lower: caseStep((text) => text.toLowerCase()),
  casefold: caseStep((text) => text.toLowerCase()),
  upper: caseStep((text) => text.toUpperCase()),
  title: caseStep(titled),
  capitalize: caseStep(capitalized),
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
    if (x === undefined || y === undefined) return unknown('what is replaced is open', { is: 'text' })
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
  regex_match: (text, pattern) => expressed(text, pattern, (regex) => constant(new RegExp(`^(?:${regex.source})`, regex.flags).test(text))),
  regex_search: (text, pattern) => expressed(text, pattern, (regex) => constant(regex.test(text))),
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
    .replace(/\\g<(\w+)>|\\(\d)/g, (_, name: string | undefined, digit: string | undefined) => `$${digit ?? name ?? ''}`)
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
  const risky = pattern.length > 200 || text.length > 2000 || /[+*}]\)?[+*{]|\)[+*{].*\)[+*{]|\([^)]*[+*|][^)]*\)[+*{]/.test(pattern)
  const flags = /^\(\?i\)/.test(pattern) ? 'iu' : 'u'
  const source = pattern
    .replace(/^\(\?[a-z]+\)/, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\\([-_ :,/"'#@%&<>=!~`;])/g, (_, one: string) => (one === '-' ? '\\x2d' : one === '/' ? '\\/' : one))
  if (risky) return unknown('a pattern that may take long')
  try {
    return make(new RegExp(source, flags))
  } catch {
    return unknown(`the pattern \`${pattern}\``)
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
  const clock = changedWays(of)
  return ofConstants(
    run,
    [asText(run, clock), ...parts],
    (text, ...rest) => PLAIN[name]!(String(text), ...rest),
    `\`${name}\` of an open text`,
    KINDS[name] ?? { is: 'any' },
  )
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
