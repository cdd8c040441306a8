/** Links between devices as uses follow them: pairs of rows, and what each pair demands of the two choices. */
import type { Linked, LinkedPair } from '../../constraints/kind.ts'
import { columnOf, valueAt } from '../expression/column-source.ts'
import { evaluateKeys, evaluateTruth } from '../expression/columns.ts'
import { evaluate } from '../expression/evaluate.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet, LinkTable } from '../model/fleet.ts'
import type { Choice } from '../model/outcome.ts'
import type { CheckedLink } from './checked-link.ts'
import type { CheckedUse } from './checked-model.ts'
import { choiceLookup, isOfDevice } from './judged.ts'
import { rowsOfIds } from './seen.ts'

/** What pairs of devices of which the expressions read the same demand of the devices' choices; asked choice by choice. */
export interface Demand {
  readonly asks: (choice: number) => boolean
  readonly holds: (choice: number, there: number) => boolean
}

/** Pairs by rows of the fleet: `demand[i]` numbers the demand of pair i. */
export interface Relation {
  readonly linked: Linked
  readonly from: Int32Array
  readonly to: Int32Array
  readonly demand: Int32Array
  readonly demands: readonly Demand[]
  /** Every device is the `from` of one pair at most. */
  readonly single: boolean
}

/** By use, one for each of its links. */
export type Relations = ReadonlyMap<CheckedUse, readonly Relation[]>

export function relationsOf(model: FleetModel, uses: readonly CheckedUse[], choices: readonly Choice[], fleet: Fleet): Relations {
  return new Map(uses.map((use) => [use, use.links.map((link) => relationOf(model, link, choices, fleet))]))
}

interface Pairs {
  readonly from: Int32Array
  readonly to: Int32Array
  /** Row in the list of links; absent where the link is an attribute. */
  readonly link?: Int32Array
  readonly table?: LinkTable
}

function relationOf(model: FleetModel, link: CheckedLink, choices: readonly Choice[], fleet: Fleet): Relation {
  const pairs = ofSelected(link, link.device === undefined ? pairsOfTable(link, fleet) : pairsOfKey(link.device, fleet), fleet)
  return {
    linked: link.linked,
    from: pairs.from,
    to: pairs.to,
    ...demandsOf(model, link, pairs, choices, fleet),
    single: link.device !== undefined,
  }
}

/** Pairs from devices that the use selects. */
function ofSelected({ of }: CheckedLink, pairs: Pairs, fleet: Fleet): Pairs {
  if (of === undefined) return pairs
  const truth = evaluateTruth(of, fleet)
  const kept = (values: Int32Array): Int32Array => values.filter((_, i) => truth[pairs.from[i]!] === 1)
  const { from, to, link } = pairs
  return { ...pairs, from: kept(from), to: kept(to), ...(link === undefined ? {} : { link: kept(link) }) }
}

function pairsOfKey(device: TypedExpression, fleet: Fleet): Pairs {
  const { codes, names } = evaluateKeys(device, fleet)
  const rows = rowsOfIds(fleet, names)
  const from = Int32Array.from(codes.keys()).filter((row) => codes[row]! >= 0 && rows[codes[row]!]! >= 0)
  return { from, to: from.map((row) => rows[codes[row]!]!) }
}

/** Both ways along every link that counts. */
function pairsOfTable({ linked, where }: CheckedLink, fleet: Fleet): Pairs {
  const table = 'table' in linked.to ? fleet.links?.[linked.to.table] : undefined
  if (table === undefined) return { from: new Int32Array(), to: new Int32Array() }
  const columns = linkColumns(table)
  const counting = Array.from(table.a.keys()).filter((i) => where === undefined || evaluate(where, (path) => columns(path, i)) === true)
  const [a, b] = [counting.map((i) => table.a[i]!), counting.map((i) => table.b[i]!)]
  return {
    from: Int32Array.from([...a, ...b]),
    to: Int32Array.from([...b, ...a]),
    link: Int32Array.from([...counting, ...counting]),
    table,
  }
}

/** `link.*` of a pair. */
function linkColumns(table: LinkTable): (path: string, i: number) => ExpressionValue {
  const asFleet: Fleet = { size: table.a.length, ids: [], columns: table.columns }
  return (path, i) => valueAt(columnOf(asFleet, `device.${path.slice('link.'.length)}`), i)
}

/** Pairs of which the expressions read the same have one demand. */
function demandsOf(
  model: FleetModel,
  { asks, holds }: CheckedLink,
  { from, to, link, table }: Pairs,
  choices: readonly Choice[],
  fleet: Fleet,
): { readonly demand: Int32Array; readonly demands: readonly Demand[] } {
  const paths = [...new Set([...(asks === undefined ? [] : pathsOf(asks)), ...pathsOf(holds)])]
  const [here, there, along] = [
    paths.filter(isOfDevice),
    paths.filter((path) => path.startsWith('there.device.')),
    paths.filter((path) => path.startsWith('link.')),
  ]
  const columns = table && linkColumns(table)
  const valuesOf = (i: number): Readonly<Record<string, ExpressionValue>> =>
    Object.fromEntries([
      ...here.map((path) => [path, valueAt(columnOf(fleet, path), from[i]!)] as const),
      ...there.map((path) => [path, valueAt(columnOf(fleet, path.slice('there.'.length)), to[i]!)] as const),
      ...along.map((path) => [path, columns?.(path, link![i]!)] as const),
    ])
  const lookups = choices.map((choice) => choiceLookup(model, choice))
  const demand = new Int32Array(from.length)
  const demands: Demand[] = []
  if (here.length + there.length + along.length === 0) return { demand, demands: [demandOf({}, lookups, choices, asks, holds)] }
  const known = new Map<string, number>()
  for (let i = 0; i < from.length; i++) {
    const values = valuesOf(i)
    const key = JSON.stringify(Object.values(values).map((value) => value ?? null))
    let found = known.get(key)
    if (found === undefined) known.set(key, (found = demands.push(demandOf(values, lookups, choices, asks, holds)) - 1))
    demand[i] = found
  }
  return { demand, demands }
}

function demandOf(
  values: Readonly<Record<string, ExpressionValue>>,
  lookups: readonly ((path: string) => ExpressionValue)[],
  choices: readonly Choice[],
  asks: TypedExpression | undefined,
  holds: TypedExpression,
): Demand {
  const own = (choice: number) => (path: string) => (Object.hasOwn(values, path) ? values[path] : lookups[choice]!(path))
  const asked = new Int8Array(choices.length)
  const held = new Int8Array(choices.length * choices.length)
  return {
    asks: (choice) => {
      if (asked[choice] === 0) {
        const yes = choices[choice]!.outcome === 'variant' && (asks === undefined || evaluate(asks, own(choice)) === true)
        asked[choice] = yes ? 1 : -1
      }
      return asked[choice] === 1
    },
    holds: (choice, there) => {
      const at = choice * choices.length + there
      if (held[at] === 0) {
        const lookup = (path: string): ExpressionValue => {
          if (Object.hasOwn(values, path)) return values[path]
          if (path === 'there.outcome') return choices[there]!.outcome
          if (path === 'there.id' || path === 'there.version') return lookups[there]!(`variant${path.slice('there'.length)}`)
          return path.startsWith('there.') ? lookups[there]!(path.slice('there.'.length)) : lookups[choice]!(path)
        }
        held[at] = evaluate(holds, lookup) === true ? 1 : -1
      }
      return held[at] === 1
    },
  }
}

/** One pair of classes for every link from the first device of a class to the first of another: see `link-classes.ts` on why these stand for all. */
export function pairsOfClasses(
  { from, to, demand, demands }: Relation,
  { classOf, first }: { readonly classOf: Int32Array; readonly first: Int32Array },
): readonly LinkedPair[] {
  const pairs: (LinkedPair & { readonly number: number })[] = []
  from.forEach((row, i) => {
    const [c, d] = [classOf[row]!, classOf[to[i]!]!]
    if (first[c] === row && first[d] === to[i]) pairs.push({ from: c, to: d, ...demands[demand[i]!]!, number: demand[i]! })
  })
  return pairs.sort((a, b) => a.from - b.from || a.to - b.to || a.number - b.number)
}
