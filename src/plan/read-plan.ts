/** Reads a plan back from its head and its lines: the same columns, or which line is wrong. */
import { createHash } from 'node:crypto'
import type { Diagnostic, Location, Read, Source } from '../diagnostics/diagnostic.ts'
import { readJson } from '../diagnostics/json.ts'
import { readShape } from '../diagnostics/shape.ts'
import type { Choice } from '../model/outcome.ts'
import { PLAN_FORMAT, planHead, plannedChange, type Plan, type PlanHead } from '../model/plan.ts'
import type { DeviceOutcome } from '../model/rollout.ts'

export function readPlanHead(source: Source): Read<PlanHead> {
  const read = readJson(source)
  if (!read.ok) return read
  const { value } = read.value
  const version = typeof value === 'object' && value !== null ? (value as { readonly formatVersion?: unknown }).formatVersion : undefined
  if (typeof version === 'number' && version > PLAN_FORMAT) {
    const message = `the plan has format ${version}, this program reads up to ${PLAN_FORMAT}`
    const hint = 'maybe a newer version of fleetproof reads it'
    return {
      ok: false,
      diagnostics: [{ code: 'plan/newer-format', severity: 'error', message, hint, at: read.value.locate(['formatVersion']) }],
    }
  }
  const shaped = readShape(planHead, value, read.value, [])
  return shaped.ok ? { ok: true, value: shaped.value, diagnostics: read.diagnostics } : shaped
}

/** `rows` of the changes are -1: the fleet is not asked. `name` is what messages call the lines. */
export async function readPlan(head: PlanHead, chunks: AsyncIterable<Uint8Array>, name: string): Promise<Read<Plan>> {
  const { changesSha256, ...rest } = head
  const size = head.changes
  const columns = Array.from({ length: 5 }, () => new Int32Array(size).fill(-1))
  const [from, to, wave, step, after] = columns as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]
  const budgetGroup = head.budgets.map(() => new Int32Array(size).fill(-1))
  const disrupted = new Uint8Array(size)
  const ids: string[] = []
  const choices: Choice[] = []
  const known = new Map<string, number>()
  const sets = new Map<number, readonly string[]>()
  const hash = createHash('sha256')
  const choiceOf = (outcome: DeviceOutcome): number => {
    const key = JSON.stringify(outcome)
    let choice = known.get(key)
    if (choice === undefined) known.set(key, (choice = choices.push(choiceFor(outcome)) - 1))
    return choice
  }
  let number = 0
  for await (const line of linesOf(chunks, (bytes) => hash.update(bytes))) {
    number++
    const parsed = plannedChange.safeParse(parse(line))
    if (!parsed.success) return wrong('bad-line', 'the line is no change of a plan', name, number)
    const change = parsed.data
    const at = ids.push(change.device) - 1
    if (at >= size) return wrong('other-lines', `the head counts ${size} changes, there are more lines`, name, number)
    if (change.wave >= head.waves.length) return wrong('bad-line', `the head has no wave ${change.wave}`, name, number)
    from[at] = choiceOf(change.from)
    to[at] = choiceOf(change.to)
    wave[at] = change.wave
    step[at] = change.step
    if (change.after !== undefined) {
      after[at] = change.after.set
      if (change.after.devices !== undefined) sets.set(change.after.set, change.after.devices)
      if (!sets.has(change.after.set)) return wrong('bad-line', `nobody said who is in list ${change.after.set}`, name, number)
    }
    if (change.disrupted === true) disrupted[at] = 1
    for (const { budget, group } of change.budgets ?? []) {
      const groups = budgetGroup[budget]
      if (groups === undefined || group >= head.budgets[budget]!.groups.length)
        return wrong('bad-line', `the head has no group ${group} of budget ${budget}`, name, number)
      groups[at] = group
    }
  }
  if (ids.length !== size || hash.digest('hex') !== changesSha256)
    return wrong('other-lines', 'the lines are not those that the head was written for', name, number)
  const position = new Map(ids.map((id, at) => [id, at]))
  if (position.size !== size) return wrong('duplicate-device', 'a device stands twice', name, number)
  const most = [...sets.keys()].reduce((largest, set) => Math.max(largest, set), -1)
  const setStart = new Int32Array(most + 2)
  const members: number[] = []
  for (let set = 0; set <= most; set++) {
    for (const id of sets.get(set) ?? []) {
      const at = position.get(id)
      if (at === undefined) return wrong('unknown-device', `somebody waits for ${JSON.stringify(id)}, which does not change`, name, number)
      members.push(at)
    }
    setStart[set + 1] = members.length
  }
  const rows = new Int32Array(size).fill(-1)
  const setMembers = Int32Array.from(members)
  const changes = { count: size, ids, rows, from, to, wave, step, after, setStart, setMembers, budgetGroup, disrupted }
  return { ok: true, value: { choices, changes, head: rest }, diagnostics: [] }
}

function choiceFor({ outcome, variant, settings }: DeviceOutcome): Choice {
  const names = Object.keys(settings).sort()
  const tail = names.length === 0 ? '' : `{${names.map((name) => `${name}=${settings[name]!}`).join(',')}}`
  return { id: variant === null ? outcome : `${variant}${tail}`, outcome, ...(variant === null ? {} : { variant }), settings }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function wrong(
  code: string,
  message: string,
  source: string,
  line: number,
): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  const range: NonNullable<Location['range']> = {
    start: { line: Math.max(1, line), column: 1 },
    end: { line: Math.max(1, line) + 1, column: 1 },
  }
  return { ok: false, diagnostics: [{ code: `plan/${code}`, severity: 'error', message, at: { source, range } }] }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, heard: (bytes: Uint8Array) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    heard(chunk)
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    yield* parts
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
