/** The same reaction with the automations that the event reaches in another order, every unmodelled part answering as it did. */
import { plainValue, type Chooser, type UnmodelledWrite } from './choices.ts'
import type { Value } from '../model/automation.ts'

/** Orders of more automations than that are not all tried: swaps of two stand for them. */
const ALL_ORDERS = 4

/** Passes questions on and keeps the answers. `others`: what the reaction makes of every other order of the first event whose order is open. */
export function heardAnswers(choose: Chooser): {
  readonly chooser: Chooser
  readonly others: <T>(again: (chooser: Chooser) => T) => readonly T[]
} {
  const values: { readonly part: string; readonly value: Value }[] = []
  const writes: { readonly part: string; readonly value: UnmodelledWrite }[] = []
  const going: { readonly part: string; readonly yes: boolean }[] = []
  let first: { readonly automations: readonly string[]; readonly kept: readonly string[]; readonly taken: readonly string[] } | undefined
  const chooser: Chooser = {
    value: (part, type, among) => kept(values, { part, value: choose.value(part, type, among) }).value,
    write: (part, attribute, type) => kept(writes, { part: `${part} ${attribute}`, value: choose.write(part, attribute, type) }).value,
    goOn: (part) => kept(going, { part, yes: choose.goOn(part) }).yes,
    order: (automations, stay) => {
      const taken = choose.order(automations, stay)
      first ??= { automations, kept: stay, taken }
      return taken
    },
  }
  const others = <T>(again: (other: Chooser) => T): readonly T[] => {
    if (first === undefined) return []
    const { kept: stay, taken } = first
    return ordersOf(taken)
      .filter(
        (order) =>
          order.join('\u0000') !== taken.join('\u0000') && order.filter((id) => stay.includes(id)).every((id, at) => id === stay[at]),
      )
      .map((order) => again(answering({ values: [...values], writes: [...writes], going: [...going] }, order)))
  }
  return { chooser, others }
}

const kept = <T>(list: T[], one: T): T => (list.push(one), one)

interface Answers {
  readonly values: { readonly part: string; readonly value: Value }[]
  readonly writes: { readonly part: string; readonly value: UnmodelledWrite }[]
  readonly going: { readonly part: string; readonly yes: boolean }[]
}

/** Answers as before, part by part; the order is given for the first event, and that of the list for later ones. */
function answering({ values, writes, going }: Answers, order: readonly string[]): Chooser {
  let asked = 0
  const take = <T extends { readonly part: string }>(list: T[], part: string): T | undefined => {
    const at = list.findIndex((one) => one.part === part)
    return at < 0 ? undefined : list.splice(at, 1)[0]
  }
  return {
    value: (part, type, among) => take(values, part)?.value ?? among?.[0] ?? plainValue(type),
    write: (part, attribute) => take(writes, `${part} ${attribute}`)?.value ?? { none: true },
    goOn: (part) => take(going, part)?.yes ?? false,
    order: (automations) => (asked++ === 0 ? order : automations),
  }
}

const ordersOf = (ids: readonly string[]): readonly (readonly string[])[] => (ids.length <= ALL_ORDERS ? permutations(ids) : swaps(ids))

const permutations = (ids: readonly string[]): readonly (readonly string[])[] =>
  ids.length < 2 ? [ids] : ids.flatMap((id) => permutations(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]))

const swaps = (ids: readonly string[]): readonly (readonly string[])[] =>
  ids.flatMap((_, a) =>
    ids.slice(a + 1).map((_, more) => ids.map((id, at) => (at === a ? ids[a + 1 + more]! : at === a + 1 + more ? ids[a]! : id))),
  )
