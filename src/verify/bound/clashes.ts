/** Whether choices can stand side by side, asked of the raw demands: what a certificate calls a clash is looked up pair by pair. */
import type { Clash, PricedChoice } from '../../model/certificate.ts'
import type { Choice } from '../../model/outcome.ts'
import { membersAt, type Links, type Together } from '../demand.ts'
import type { Trial } from '../judge.ts'
import { optionsOfChoices } from '../options.ts'
import { isHardIn } from './leaf.ts'

/** Rows and options of a member. */
export interface Member {
  readonly rows: Int32Array
  readonly options: readonly number[]
}

export interface ClashReader {
  /** The members, or why the clash is none. */
  readonly read: (clash: Clash) => readonly Member[] | { readonly wrong: string }
  readonly member: (devices: readonly string[], choices: readonly number[]) => Member | undefined
}

export function clashReader(trial: Trial, choices: readonly PricedChoice[]): ClashReader {
  const { model, fleet, options } = trial.world
  const named = choices.map(({ outcome, variant, settings }): Choice => ({
    id: '',
    outcome,
    settings,
    ...(variant === undefined ? {} : { variant }),
  }))
  const optionOf = optionsOfChoices(model, options, named)
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  const apartOf = new Map<number, Apart>()
  const member: ClashReader['member'] = (devices, own) => {
    const rows = Int32Array.from(devices, (id) => rowOf.get(id) ?? -1)
    const found = own.map((choice) => optionOf[choice] ?? -1)
    return rows.length === 0 ||
      rows.includes(-1) ||
      found.includes(-1) ||
      new Set(rows).size < rows.length ||
      new Set(found).size < found.length
      ? undefined
      : { rows, options: found }
  }
  return {
    member,
    read(clash) {
      const held = trial.held.findIndex(({ use }) => use.index === clash.use)
      const members = clash.members.map(({ devices, choices: own }) => member(devices, own))
      if (held < 0 || members.length < 2 || members.includes(undefined))
        return { wrong: `a clash of constraint ${clash.use} names what is not there` }
      let apart = apartOf.get(held)
      if (apart === undefined) apartOf.set(held, (apart = apartFor(trial, held)))
      const known = members as readonly Member[]
      for (const [at, one] of known.entries())
        for (const other of known.slice(at + 1))
          if (!clash2(one, other, apart)) return { wrong: `constraint ${clash.use} lets choices stand side by side that are said to clash` }
      return known
    },
  }
}

/** Whether the use forbids two rows to have the options at once. */
type Apart = (row: number, option: number, other: number, there: number) => boolean

function clash2(one: Member, other: Member, apart: Apart): boolean {
  for (const row of one.rows)
    for (const there of other.rows) {
      if (row === there) return false
      for (const a of one.options) for (const b of other.options) if (!apart(row, a, there, b)) return false
    }
  return true
}

const never: Apart = () => false

function apartFor(trial: Trial, held: number): Apart {
  const use = trial.held[held]!
  const { demand } = use
  const hard = demand.groups.map((_, group) => isHardIn(use, group))
  switch (demand.is) {
    case 'links':
      return linkApart(demand, hard)
    case 'together':
      return togetherApart(demand, hard)
    case 'counts':
      // Of one part at most, any two parts clash.
      if (demand.mostParts !== 1) return never
      return (row, option, other, there) => {
        const group = demand.groupOf[row]!
        const [part, second] = [demand.partOf[option]!, demand.partOf[there]!]
        return group >= 0 && group === demand.groupOf[other] && hard[group] === true && part >= 0 && second >= 0 && part !== second
      }
    case 'amounts':
    case 'forbidden':
      return never
  }
}

function linkApart({ from, to, kindOf, groupOf, holds }: Links, hard: readonly boolean[]): Apart {
  const linksOf = new Map<number, number[]>()
  for (let link = 0; link < from.length; link++) {
    const group = groupOf[from[link]!]!
    if (group < 0 || hard[group] !== true) continue
    const known = linksOf.get(from[link]!)
    if (known === undefined) linksOf.set(from[link]!, [link])
    else known.push(link)
  }
  const breaks = (row: number, option: number, other: number, there: number): boolean =>
    linksOf.get(row)?.some((link) => to[link] === other && !holds(kindOf[link]!, option, there)) === true
  return (row, option, other, there) => breaks(row, option, other, there) || breaks(other, there, row, option)
}

function togetherApart(demand: Together, hard: readonly boolean[]): Apart {
  const { groupOf, sets } = demand
  const pairs = new Set<string>()
  for (const set of sets) {
    if (set.some(({ absent }) => absent === true)) continue
    const listed = set.flatMap(({ variant, times }) => Array.from({ length: times }, () => variant))
    if (listed.length !== 2) continue
    pairs.add(`${listed[0]!} ${listed[1]!}`)
    pairs.add(`${listed[1]!} ${listed[0]!}`)
  }
  return (row, option, other, there) => {
    const group = groupOf[row]!
    if (group < 0 || group !== groupOf[other] || hard[group] !== true) return false
    const others = membersAt(demand, other, there)
    return membersAt(demand, row, option).some((one) => others.some((second) => pairs.has(`${one} ${second}`)))
  }
}
