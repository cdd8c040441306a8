/** The same reaction with the automations that the event reaches in another order, every unmodelled part answering as it did. */
import type { Value } from '../model/automation.ts'
import type { Datum } from './values.ts'
import { plainValue, type Chooser, type UnmodelledWrite } from './choices.ts'

interface Answers {
  readonly values: { readonly part: string; readonly value: Value }[]
  readonly writes: { readonly part: string; readonly value: UnmodelledWrite }[]
  readonly going: { readonly part: string; readonly yes: boolean }[]
  readonly durations: { readonly part: string; readonly value: Datum }[]
}

export interface Heard {
  /** Passes questions on and keeps the answers. */
  readonly chooser: Chooser
  /** The first order that was asked for, as it was taken; undefined while none was. */
  readonly order: () => readonly string[] | undefined
  /** What answers the same but for that order; undefined where the platform does not allow the order. */
  readonly inOrder: (order: readonly string[]) => Chooser | undefined
}

export function heardAnswers(choose: Chooser): Heard {
  const { duration } = choose
  const answers: Answers = { values: [], writes: [], going: [], durations: [] }
  let first: { readonly stay: readonly string[]; readonly taken: readonly string[] } | undefined
  const chooser: Chooser = {
    value: (part, type, among) => kept(answers.values, { part, value: choose.value(part, type, among) }).value,
    write: (part, attribute, type) =>
      kept(answers.writes, { part: `${part} ${attribute}`, value: choose.write(part, attribute, type) }).value,
    goOn: (part) => kept(answers.going, { part, yes: choose.goOn(part) }).yes,
    order: (automations, stay) => {
      const taken = choose.order(automations, stay)
      first ??= { stay, taken }
      return taken
    },
    ...(duration === undefined ? {} : { duration: (part, type) => kept(answers.durations, { part, value: duration(part, type) }).value }),
  }
  const inOrder = (order: readonly string[]): Chooser | undefined => {
    const { stay, taken } = first ?? { stay: [], taken: [] }
    const fits = order.length === taken.length && order.every((id) => taken.includes(id))
    const inLine = order.filter((id) => stay.includes(id)).every((id, at) => id === stay[at])
    return fits && inLine ? answering(answers, order, duration !== undefined) : undefined
  }
  return { chooser, order: () => first?.taken, inOrder }
}

const kept = <T>(list: T[], one: T): T => {
  list.push(one)
  return one
}

/** Answers part by part in the order kept; the first order is the one given, later ones are that of the list. */
function answering(answers: Answers, order: readonly string[], timed: boolean): Chooser {
  const [values, writes, going, durations] = [[...answers.values], [...answers.writes], [...answers.going], [...answers.durations]]
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
    ...(timed ? { duration: (part: string) => take(durations, part)?.value ?? null } : {}),
  }
}
