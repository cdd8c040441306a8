/** The inventory at an instant from the history of all devices, and what differs between two instants. */
import type { DeviceOutcome } from '../model/rollout.ts'
import type { InventoryDifference, InventoryEntry, InventoryEvent } from '../model/inventory.ts'
import { canonicalJson } from './canonical-json.ts'

/** What every device runs at the instant, sorted by id; of two events at one instant the later in the list counts. */
export function inventoryAt(events: Iterable<InventoryEvent>, instant: number): readonly InventoryEntry[] {
  const last = new Map<string, InventoryEvent>()
  for (const event of events) {
    if (event.at > instant) continue
    const device = deviceOf(event)
    const before = last.get(device)
    if (before === undefined || before.at <= event.at) last.set(device, event)
  }
  const entries = [...last.values()].flatMap((event) => (event.what === 'runs' ? [event.entry] : []))
  return entries.sort((a, b) => (a.device < b.device ? -1 : 1))
}

function deviceOf(event: InventoryEvent): string {
  return event.what === 'runs' ? event.entry.device : event.device
}

/** Walks two inventories, each sorted by device, side by side. */
export function inventoryDifference(before: readonly InventoryEntry[], after: readonly InventoryEntry[]): InventoryDifference {
  const appeared: InventoryEntry[] = []
  const left: InventoryEntry[] = []
  const changed: { before: InventoryEntry; after: InventoryEntry }[] = []
  const renewed: { before: InventoryEntry; after: InventoryEntry }[] = []
  let unchanged = 0
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const a = before[i]
    const b = after[j]
    if (b === undefined || (a !== undefined && a.device < b.device)) {
      left.push(a!)
      i++
    } else if (a === undefined || b.device < a.device) {
      appeared.push(b)
      j++
    } else {
      if (!sameOutcome(a.is, b.is)) changed.push({ before: a, after: b })
      else if (canonicalJson(a) !== canonicalJson(b)) renewed.push({ before: a, after: b })
      else unchanged++
      i++
      j++
    }
  }
  return { appeared, left, changed, renewed, unchanged }
}

function sameOutcome(a: DeviceOutcome, b: DeviceOutcome): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
