/**
 * No conflict: within a group never all members of a set side by side, while nobody runs one of those that it is forbidden without. A member is a variant, perhaps only with some settings
 * or on some devices; one listed twice conflicts with itself, a set listed twice counts once.
 */
import type { ConstraintUse } from '../../model/fleet-model.ts'
import type { SettingValue } from '../../model/outcome.ts'
import type { Together, TogetherSet } from '../demand.ts'
import { truthByRow, TRUE } from '../expressions.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

interface Member {
  readonly variant: number
  readonly settings: readonly (readonly [string, SettingValue])[]
  readonly of?: string
}

export const noConflict: PlacementChecker = {
  kind: 'placement/no-conflict',
  demand(use, world): Together {
    const written = parametersOf(use, ['over', 'pairs', 'sets'])
    const listed = ['pairs', 'sets'].flatMap((name) => {
      const value = written[name] ?? []
      return Array.isArray(value) ? (value as readonly unknown[]) : refuse(use, `\`${name}\` is not a list`)
    })
    const members = new Map<string, { readonly at: number; readonly member: Member }>()
    const numberOf = (one: unknown): number => {
      const member = readMember(use, world, one)
      const key = JSON.stringify(member)
      const known = members.get(key)
      if (known !== undefined) return known.at
      members.set(key, { at: members.size, member })
      return members.size - 1
    }
    const sets = new Map<string, TogetherSet>()
    for (const set of listed) {
      const { present, absent } = readSet(use, set)
      const there = present.map(numberOf)
      const counted = [...new Set(there)]
        .sort((a, b) => a - b)
        .map((variant) => ({ variant, times: there.filter((other) => other === variant).length }))
      const gone = [...new Set(absent.map(numberOf))].sort((a, b) => a - b).map((variant) => ({ variant, times: 1, absent: true as const }))
      const both = [...counted, ...gone]
      sets.set(JSON.stringify(both), both)
    }
    const selection = selectionOf(use, world, undefined, textOf(use, written, 'over'))
    const known = [...members.values()].map(({ member }) => member)
    const demand: Together = { is: 'together', ...selection, sets: [...sets.values()], ...membersOf(use, world, known) }
    refuseOverlaps(use, demand)
    return demand
  },
}

function readSet(use: ConstraintUse, set: unknown): { readonly present: readonly unknown[]; readonly absent: readonly unknown[] } {
  if (Array.isArray(set)) return set.length > 0 ? { present: set, absent: [] } : refuse(use, 'a set is not a list of variants')
  const { with: present, without: absent, ...rest } = mapping(use, set)
  if (!Array.isArray(present) || !Array.isArray(absent) || present.length === 0 || absent.length === 0 || Object.keys(rest).length > 0)
    return refuse(use, 'a set is not a list of variants')
  return { present, absent }
}

function mapping(use: ConstraintUse, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(use, 'a set is not a list of variants')
  return value as Readonly<Record<string, unknown>>
}

function readMember(use: ConstraintUse, world: World, one: unknown): Member {
  if (typeof one === 'string') return { variant: variantsNamed(use, world, [one])[0]!, settings: [] }
  const { variant, settings = {}, of, ...rest } = mapping(use, one)
  if (typeof variant !== 'string' || Object.keys(rest).length > 0) return refuse(use, 'a member of a set is no variant')
  const modes = Object.entries(mapping(use, settings)).sort(([a], [b]) => (a < b ? -1 : 1))
  if (!modes.every(([, value]) => ['boolean', 'number', 'string'].includes(typeof value))) return refuse(use, 'a setting has no such value')
  if (of !== undefined && typeof of !== 'string' && typeof of !== 'boolean') return refuse(use, '`of` is no expression')
  return {
    variant: variantsNamed(use, world, [variant])[0]!,
    settings: modes as [string, SettingValue][],
    ...(of !== undefined && { of: String(of) }),
  }
}

function membersOf(
  use: ConstraintUse,
  world: World,
  members: readonly Member[],
): Pick<Together, 'kindOf' | 'width' | 'memberOf' | 'memberships'> {
  const width = world.options.length
  const places = [...new Set(members.flatMap(({ of }) => (of === undefined ? [] : [of])))].sort()
  const kindOf = new Int32Array(world.size)
  const kinds = new Map<string, number>([[JSON.stringify(places.map(() => false)), 0]])
  const truths = places.map((text) => truthByRow(world.model, world.fleet, { text, at: use.at }))
  if (places.length > 0)
    for (let row = 0; row < world.size; row++) {
      const key = JSON.stringify(truths.map((truth) => truth[row] === TRUE))
      const kind = kinds.get(key) ?? kinds.size
      kinds.set(key, kind)
      kindOf[row] = kind
    }
  const memberships: (readonly number[])[] = [[]]
  const numbers = new Map<string, number>([['[]', 0]])
  const memberOf = new Int32Array(kinds.size * width)
  for (const [key, kind] of kinds) {
    const holds = new Set(places.filter((_, at) => (JSON.parse(key) as readonly boolean[])[at] === true))
    for (const [at, option] of world.options.entries()) {
      const own = [...members.keys()].filter((index) => {
        const { variant, settings, of } = members[index]!
        return (
          option.variant === variant &&
          settings.every(([name, value]) => option.settings[name] === value) &&
          (of === undefined || holds.has(of))
        )
      })
      const text = JSON.stringify(own)
      const number = numbers.get(text) ?? memberships.push(own) - 1
      numbers.set(text, number)
      memberOf[kind * width + at] = number
    }
  }
  return { kindOf, width, memberOf, memberships }
}

/** One device cannot stand for two members of a set: what is said of such sets here would not be what they mean. */
function refuseOverlaps(use: ConstraintUse, { sets, memberships }: Together): void {
  for (const set of sets)
    for (const own of memberships)
      if (set.filter(({ variant, absent }) => absent !== true && own.includes(variant)).length > 1)
        refuse(use, 'one device can be two members of a set')
}
