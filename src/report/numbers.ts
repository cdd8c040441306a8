// How numbers and counted nouns are printed, the same in every report and on every machine.

const english = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })

/** 12000 -> `12,000`. */
export function grouped(value: number): string {
  return english.format(value)
}

/** +22, -231, 0. */
export function signed(value: number): string {
  return value > 0 ? `+${grouped(value)}` : grouped(value)
}

/** `1 device`, `12 devices`; irregular plurals are given. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`
}

/** 14 ms, 1.9 s, 2 min 5 s. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}
