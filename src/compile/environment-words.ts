/** What states of attributes mean in the words of the catalogue: `true` of `heater.power` is `on`, `true` of `door.open` is `open`. */
import type { ThingAttribute, Value } from '../model/automation.ts'
import type { EffectWhile } from '../model/environment.ts'

const OPPOSITES: Readonly<Record<string, string>> = {
  on: 'off',
  open: 'closed',
  unlocked: 'locked',
  home: 'not_home',
}
const NEGATIVE: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(OPPOSITES).map(([yes, no]) => [no, yes]))
/** Names of switches that stand for a word of the catalogue. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  up: 'open',
  down: 'closed',
  heating: 'heating',
  cooling: 'cooling',
  playing: 'playing',
}

/** The last word of an attribute's name: `power` of `heater.power`, `up` of `mqtt:broker/shade/up`. */
export function attributeName({ id, thing }: ThingAttribute): string {
  if (id !== thing && id.startsWith(`${thing}.`)) return id.slice(thing.length + 1)
  return id.split(/[./]/).at(-1) ?? id
}

/** What `true` and `false` of the attribute stand for. */
function wordsOf(attribute: ThingAttribute): readonly [string, string] {
  const name = attributeName(attribute).toLowerCase()
  const word = STANDS_FOR[name] ?? name
  if (word in OPPOSITES) return [word, OPPOSITES[word]!]
  if (word in NEGATIVE) return [word, NEGATIVE[word]!]
  return word in STANDS_FOR ? [word, 'off'] : ['on', 'off']
}

/** Those values that the attribute can have and that mean one of the words. */
export function meant(attribute: ThingAttribute, words: readonly Value[]): readonly Value[] {
  const { type } = attribute
  const [yes, no] = wordsOf(attribute)
  // A switch that is alone with its thing is `on` whatever it is called.
  const truths = [
    ...(words.includes(true) || words.includes(yes) ? [true] : []),
    ...(words.includes(false) || words.includes(no) ? [false] : []),
  ]
  switch (type.is) {
    case 'bool':
      return truths
    case 'enum':
      return words.filter((word) => typeof word === 'string' && (type.other || type.values.includes(word)))
    case 'number':
      return words.filter((word) => typeof word === 'number')
    case 'text':
      return words.filter((word) => typeof word === 'string')
    case 'any':
      return [...new Set([...words, ...truths])]
  }
}

/** While which states of the attribute the effect acts; undefined where it can have none of them. */
export function whileOf(attribute: ThingAttribute, { values, above }: EffectWhile): EffectWhile | undefined {
  const { type } = attribute
  const found = meant(attribute, values)
  const bounded = above !== undefined && (type.is === 'number' || type.is === 'any')
  if (found.length === 0 && !bounded) return undefined
  return { values: found, ...(bounded ? { above } : {}) }
}
