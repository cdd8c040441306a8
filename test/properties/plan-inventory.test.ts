// The inventory between two instants: every device is in exactly one part, and the difference leads from the one to the other.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InventoryEntry, InventoryEvent } from '../../src/model/inventory.ts'
import { readRevision, revisionText } from '../../src/model/revision.ts'
import { inventoryAt, inventoryDifference } from '../../src/plan/inventory.ts'

const release = 'a'.repeat(64)
const entry = (device: string, variant: string, execution: number, since: number): InventoryEntry => ({
  device,
  is: { outcome: 'variant', variant, settings: {} },
  since,
  revision: { release, execution },
})
const events = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 20 }),
    device: fc.constantFrom('d1', 'd2', 'd3', 'd4'),
    variant: fc.constantFrom('a', 'b', undefined),
    execution: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 20 },
)

describe('inventories', () => {
  it('are what was last known, and their difference leads from one to the other', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (written, one, other) => {
        const history = written.map(({ at, device, variant, execution }): InventoryEvent =>
          variant === undefined ? { what: 'removed', at, device } : { what: 'runs', at, entry: entry(device, variant, execution, at) },
        )
        const [before, after] = [inventoryAt(history, one), inventoryAt(history, other)]
        for (const device of ['d1', 'd2', 'd3', 'd4']) {
          const last = written.reduce<(typeof written)[number] | undefined>(
            (best, event) => (event.device === device && event.at <= one && (best === undefined || event.at >= best.at) ? event : best),
            undefined,
          )
          expect(before.find((found) => found.device === device)?.is.variant).toBe(last?.variant)
        }
        const { appeared, left, changed, renewed, unchanged } = inventoryDifference(before, after)
        const made = new Map(before.map((found) => [found.device, found]))
        for (const { device } of left) expect(made.delete(device)).toBe(true)
        for (const found of appeared) expect(made.set(found.device, found).size).toBeGreaterThan(0)
        for (const pair of [...changed, ...renewed]) {
          expect(made.get(pair.before.device)).toEqual(pair.before)
          made.set(pair.after.device, pair.after)
        }
        expect([...made.values()].sort((a, b) => (a.device < b.device ? -1 : 1))).toEqual(after)
        expect(changed.every((pair) => pair.before.is.variant !== pair.after.is.variant)).toBe(true)
        expect(renewed.every((pair) => pair.before.is.variant === pair.after.is.variant)).toBe(true)
        expect(before.length).toBe(left.length + changed.length + renewed.length + unchanged)
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it('name revisions by one text', () => {
    expect(readRevision(revisionText({ release, execution: 12 }))).toEqual({ release, execution: 12 })
    for (const wrong of ['', release, `${release}:0`, `${release}:1.0`, `${release}:01`, `${release.slice(1)}:1`])
      expect(readRevision(wrong)).toBeUndefined()
  })
})
