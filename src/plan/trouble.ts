/**
 * What can go wrong in a group while old and new are mixed. Devices stand for themselves by entry (index into the changed ones). Statuses: OLD, the device still
 * runs the old; NEW, verified on the new; FREE, told and not verified: old, new, nothing, whichever is worst.
 */

export const OLD = 0
export const FREE = 1
export const NEW = 2

/** Where a trouble comes from, for messages. */
export interface TroubleOrigin {
  /** Use of the model, or -1: conflict analysis. */
  readonly use: number
  readonly group: string
  readonly says: string
}

/** The sum over the group must stay at most `limit`; `base` is the part of devices that stay. Amounts by member: old, new, and what being told adds beyond the larger of both. */
export interface SumTrouble {
  readonly is: 'sum'
  readonly origin: TroubleOrigin
  readonly base: number
  readonly limit: number
  readonly members: Int32Array
  readonly old: Float64Array
  readonly new: Float64Array
  readonly extra: Float64Array
}

/** Never all variants of the set at once, each by as many devices as it takes; `steady` counts devices that stay, by place in the set. */
export interface SetTrouble {
  readonly is: 'set'
  readonly origin: TroubleOrigin
  readonly variants: readonly number[]
  readonly times: readonly number[]
  readonly steady: readonly number[]
  readonly members: Int32Array
  /** Place in the set of what the member runs before and after; -1: none of it. */
  readonly old: Int32Array
  readonly new: Int32Array
}

export type Trouble = SumTrouble | SetTrouble

/** A state that breaks the group, as what was relied on: these members still old while those are new already. */
export interface BrokenState {
  readonly old: readonly number[]
  readonly new: readonly number[]
  /** How much there is of what may be at most `limit`. */
  readonly amount?: number
}

/** The worst state in which each member has its status; nothing where none breaks the group. `statusOf` is asked by member (not entry). */
export function brokenState(trouble: Trouble, statusOf: (member: number) => number): BrokenState | undefined {
  return trouble.is === 'sum' ? brokenSum(trouble, statusOf) : brokenSet(trouble, statusOf)
}

function brokenSum(trouble: SumTrouble, statusOf: (member: number) => number): BrokenState | undefined {
  const { base, limit, members, old, extra } = trouble
  let sum = base
  let most = 0
  let fullest = -1
  const state: { old: number[]; new: number[] } = { old: [], new: [] }
  for (let member = 0; member < members.length; member++) {
    const [before, after] = [old[member]!, trouble.new[member]!]
    const status = statusOf(member)
    const isNew = status === NEW || (status === FREE && after > before)
    sum += isNew ? after : before
    if (status === FREE && extra[member]! > most) {
      most = extra[member]!
      fullest = members[member]!
    }
    // Only a member that is at its worse end matters.
    if (isNew && after > before) state.new.push(members[member]!)
    if (!isNew && before > after) state.old.push(members[member]!)
  }
  if (sum + most <= limit) return undefined
  // One device at a time may be told even where each adds: how many more, a budget says. That one must wait for some, and some for it.
  if (fullest >= 0) for (const list of [state.old, state.new]) if (!list.includes(fullest)) list.push(fullest)
  return { ...state, amount: sum + most }
}

/** How many devices with an extra may be told at once, in the given statuses: the slack over the largest extra. Infinity where none has one. */
export function slackOf(trouble: SumTrouble, statusOf: (member: number) => number): number {
  let sum = trouble.base
  let most = 0
  for (let member = 0; member < trouble.members.length; member++) {
    const [before, after] = [trouble.old[member]!, trouble.new[member]!]
    const status = statusOf(member)
    sum += status === NEW ? after : status === OLD ? before : Math.max(before, after)
    if (status === FREE) most = Math.max(most, trouble.extra[member]!)
  }
  return most === 0 ? Infinity : Math.floor((trouble.limit - sum) / most)
}

function brokenSet(trouble: SetTrouble, statusOf: (member: number) => number): BrokenState | undefined {
  const missing = trouble.times.map((times, place) => times - trouble.steady[place]!)
  const roles = Array.from(trouble.members, (_, member) => statusOf(member))
  const used = new Array<number | undefined>(roles.length).fill(undefined)
  const fill = (place: number): BrokenState | undefined => {
    if (place === missing.length) {
      const state: { old: number[]; new: number[] } = { old: [], new: [] }
      for (const [member, taken] of used.entries()) {
        if (taken === OLD) state.old.push(trouble.members[member]!)
        if (taken === NEW) state.new.push(trouble.members[member]!)
      }
      return state
    }
    return take(place, missing[place]!, 0)
  }
  const take = (place: number, left: number, from: number): BrokenState | undefined => {
    if (left <= 0) return fill(place + 1)
    for (let member = from; member < roles.length; member++) {
      if (used[member] !== undefined) continue
      const status = roles[member]!
      const asOld = status !== NEW && trouble.old[member] === place
      const asNew = status !== OLD && trouble.new[member] === place
      if (!asOld && !asNew) continue
      // A member that has the variant before and after is there whichever it is: no order keeps it away, and none is blamed.
      used[member] = trouble.old[member] === trouble.new[member] ? FREE : asOld ? OLD : NEW
      const found = take(place, left - 1, member + 1)
      if (found !== undefined) return found
      used[member] = undefined
    }
    return undefined
  }
  return fill(0)
}
