/** Who waits for whom, as shared lists: each device has at most one list, equal lists are one. Entries are indices into the changed devices. */

export interface Waiting {
  /** List by entry, -1: waits for nobody. */
  readonly after: Int32Array
  readonly setStart: Int32Array
  readonly setMembers: Int32Array
}

export interface WaitingBuilder {
  /** A list to wait for, by a key of its own; made when it is first asked for. */
  readonly list: (key: string, members: () => readonly number[]) => number
  readonly wait: (entry: number, list: number) => void
  readonly build: () => Waiting
}

export function waitingBuilder(entries: number): WaitingBuilder {
  const byKey = new Map<string, number>()
  const lists: (readonly number[])[] = []
  const first = new Int32Array(entries).fill(-1)
  const more = new Map<number, number[]>()
  return {
    list(key, members) {
      let list = byKey.get(key)
      if (list === undefined) byKey.set(key, (list = lists.push(members()) - 1))
      return list
    },
    wait(entry, list) {
      if (first[entry] === -1) first[entry] = list
      else if (first[entry] !== list) {
        const others = more.get(entry)
        if (others === undefined) more.set(entry, [list])
        else if (!others.includes(list)) others.push(list)
      }
    },
    build() {
      const sets: (readonly number[])[] = []
      const known = new Map<string, number>()
      const setOf = (parts: readonly number[]): number => {
        const key = parts.join(' ')
        let set = known.get(key)
        if (set === undefined) {
          const members = parts.length === 1 ? lists[parts[0]!]! : [...new Set(parts.flatMap((list) => lists[list]!))]
          known.set(key, (set = sets.push([...members].sort((a, b) => a - b)) - 1))
        }
        return set
      }
      const after = first.map((list, entry) => (list < 0 ? -1 : setOf([list, ...(more.get(entry) ?? [])].sort((a, b) => a - b))))
      const setStart = new Int32Array(sets.length + 1)
      sets.forEach((members, set) => (setStart[set + 1] = setStart[set]! + members.length))
      const setMembers = new Int32Array(setStart[sets.length]!)
      sets.forEach((members, set) => setMembers.set(members, setStart[set]))
      return { after, setStart, setMembers }
    },
  }
}

/** How many must come before each entry at least, one after the other; or the entries of a circle, in order. */
export function levelsOf({
  after,
  setStart,
  setMembers,
}: Waiting): { readonly levels: Int32Array } | { readonly circle: readonly number[] } {
  const entries = after.length
  const sets = setStart.length - 1
  const waiters = reversed(after, sets)
  const memberOf = setsOf(setStart, setMembers, entries)
  const open = Int32Array.from({ length: sets }, (_, set) => setStart[set + 1]! - setStart[set]!)
  const setLevel = new Int32Array(sets)
  const levels = new Int32Array(entries).fill(-1)
  const queue: number[] = []
  for (let entry = 0; entry < entries; entry++)
    if (after[entry]! < 0) {
      levels[entry] = 0
      queue.push(entry)
    }
  for (let head = 0; head < queue.length; head++) {
    const entry = queue[head]!
    for (let at = memberOf.start[entry]!; at < memberOf.start[entry + 1]!; at++) {
      const set = memberOf.items[at]!
      setLevel[set] = Math.max(setLevel[set]!, levels[entry]! + 1)
      if (--open[set]! > 0) continue
      for (let w = waiters.start[set]!; w < waiters.start[set + 1]!; w++) {
        levels[waiters.items[w]!] = setLevel[set]!
        queue.push(waiters.items[w]!)
      }
    }
  }
  if (queue.length === entries) return { levels }
  // Everyone left waits for someone left: going on from one to another must come back.
  const seen = new Map<number, number>()
  const path: number[] = []
  let entry = levels.indexOf(-1)
  while (!seen.has(entry)) {
    seen.set(entry, path.push(entry) - 1)
    const set = after[entry]!
    entry = setMembers.subarray(setStart[set], setStart[set + 1]).find((member) => levels[member] === -1)!
  }
  return { circle: path.slice(seen.get(entry)).reverse() }
}

export interface Lists {
  readonly start: Int32Array
  readonly items: Int32Array
}

/** By set, the entries that wait for it. */
function reversed(after: Int32Array, sets: number): Lists {
  const start = new Int32Array(sets + 1)
  for (const set of after) if (set >= 0) start[set + 1]!++
  for (let set = 0; set < sets; set++) start[set + 1]! += start[set]!
  const fill = start.slice()
  const items = new Int32Array(start[sets]!)
  after.forEach((set, entry) => {
    if (set >= 0) items[fill[set]!++] = entry
  })
  return { start, items }
}

/** By entry, the sets that it is a member of. */
export function setsOf(setStart: Int32Array, setMembers: Int32Array, entries: number): Lists {
  const start = new Int32Array(entries + 1)
  for (const member of setMembers) start[member + 1]!++
  for (let entry = 0; entry < entries; entry++) start[entry + 1]! += start[entry]!
  const fill = start.slice()
  const items = new Int32Array(setMembers.length)
  for (let set = 0; set + 1 < setStart.length; set++)
    for (let at = setStart[set]!; at < setStart[set + 1]!; at++) items[fill[setMembers[at]!]!++] = set
  return { start, items }
}
