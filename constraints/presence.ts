/** Which variants of a list are there at all in a group: auxiliaries that are 1 where a device runs the variant. */
import type { KindRow, Use } from './kind.ts'
import { devicesThatCould, type Group } from './selecting.ts'
import { variantCoefficient } from './variants.ts'

export interface Presence {
  readonly variants: readonly string[]
  /** By variant: its auxiliary. */
  readonly auxiliary: readonly number[]
  /** Rows that force each auxiliary up where the variant runs, or down where it does not. */
  readonly rows: readonly KindRow[]
  readonly auxiliaries: readonly { readonly name: string; readonly lower: number; readonly upper: number }[]
}

/** `forced` up: 1 where the variant runs, free elsewhere; down: 0 where it does not run, free elsewhere. Variants that no device of the group could run are left out. `first` is the next auxiliary's number. */
export function presence<P>(use: Use<P>, group: Group, ids: readonly string[], forced: 'up' | 'down', first: number): Presence {
  const could = ids.map((id) => ({ id, devices: devicesThatCould(use, group, (choice) => use.choices[choice]!.variant === id) }))
  const open = could.filter(({ devices }) => devices > 0)
  return {
    variants: open.map(({ id }) => id),
    auxiliary: open.map((_, i) => first + i),
    rows: open.map(({ id, devices }, i): KindRow => {
      const row = {
        group: group.name,
        part: `present ${id}`,
        classes: group.classes,
        coefficient: variantCoefficient(use, id),
        always: true,
      } as const
      return forced === 'up'
        ? { ...row, lower: -Infinity, upper: 0, auxiliary: [[first + i, -devices]] }
        : { ...row, lower: 0, upper: Infinity, auxiliary: [[first + i, -1]] }
    }),
    auxiliaries: open.map(({ id }) => ({ name: `present[${group.name}][${id}]`, lower: 0, upper: 1 })),
  }
}

/** A row over auxiliaries alone. */
export function overAuxiliaries(group: string, part: string, upper: number, auxiliary: readonly (readonly [number, number])[]): KindRow {
  return { group, part, lower: -Infinity, upper, classes: new Int32Array(), auxiliary }
}
