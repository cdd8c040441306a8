// Maintenance windows: whether devices may be told now, and when next.
import type { MaintenanceWindow } from '../../model/wave.ts'

const minute = 60_000
const day = 1440 * minute

/** Milliseconds from the instant (since 1970, UTC) until one of the windows is open: 0 where one is, or where there are none. */
export function untilWindow(windows: readonly MaintenanceWindow[], instant: number): number {
  return windows.length === 0 ? 0 : Math.min(...windows.map((window) => opensFor(window, instant)))
}

function opensFor({ days, from, to, offset }: MaintenanceWindow, instant: number): number {
  const local = instant + offset * minute
  const midnight = Math.floor(local / day) * day
  const length = (to > from ? to - from : to + 1440 - from) * minute
  let soonest = Infinity
  // A window of yesterday may still be open; the next one begins within a week.
  for (let ahead = -1; ahead <= 7; ahead++) {
    const start = midnight + ahead * day
    // 1970-01-01 was a Thursday; 0 is Monday.
    const weekday = (((Math.floor(start / day) + 3) % 7) + 7) % 7
    if (!days.includes(weekday)) continue
    const opens = start + from * minute
    if (local >= opens && local < opens + length) return 0
    if (opens > local) soonest = Math.min(soonest, opens - local)
  }
  return soonest
}
