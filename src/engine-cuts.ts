/**
 * Which compositions of a fleet fight, and what is kept apart because of it: as few members as fight, of any number, and no more compositions than are shown to.
 *
 * WHAT A CUT IS. It keeps all of `present` from standing at one place while none of `absent` stands there. It is proved of every composition that it takes away:
 *   - members outside `present` and `absent` that can change nothing of what the members of `present` do (`meddlers`) leave every run of these as it is;
 *   - of the others outside `absent` every sub-set is tried: a run that shows the conflict is replayed by the interpreter in their company;
 *   - where neither tells, `absent` names everybody else: exactly this composition is taken away.
 */
import { createHash } from 'node:crypto'
import { conflictKinds } from '../constraints/conflict.ts'
import { canonicalKey, composedOf, isAcross, meddlers, type Composed, type MemberBehaviours } from './compile/composed.ts'
import type { WorldFiles } from './compile/behaviour-environment.ts'
import { EngineError } from './diagnostics/engine-error.ts'
import { defaultEffects } from './formats/places/read-effects.ts'
import type { Separation } from './model/assignment.ts'
import { noAliases, type Aliases } from './model/behaviour-part.ts'
import type { Finding } from './model/conflict.ts'
import { checkConflicts, type ConflictLimits } from './solve/check-conflicts.ts'
import type { Solvers } from './solve/solvers.ts'
import { verifyFindings } from './verify/conflicts.ts'
import { completedRun } from './verify/interpreter.ts'

export interface CompositionOptions {
  readonly aliases?: Aliases
  readonly limits?: ConflictLimits
  /** What is known of the world besides what behaviours say. */
  readonly world?: WorldFiles
}

/** A composition looked at whole. */
export interface ProvedComposition {
  readonly members: readonly string[]
  /** Of its behaviour in canonical form. */
  readonly key: string
  /** Questions across its members that are proved. */
  readonly proved: number
  /** Findings across its members that are not. */
  readonly open: readonly Finding[]
  /** Findings among the rules of a single member that are not proved: no placing avoids them. */
  readonly own: readonly Finding[]
  readonly assumptions: readonly string[]
}

/** All of `present` at one place, and none of `absent`, by the names of members. */
export interface Cut {
  readonly present: readonly string[]
  readonly absent: readonly string[]
  readonly because: readonly Finding[]
}

/** Looks at compositions once each. */
export interface Compositions {
  readonly behaviours: MemberBehaviours
  readonly prove: (members: readonly string[]) => Promise<ProvedComposition>
  /** What keeps an open composition from standing; at least one cut takes it away. */
  readonly cuts: (open: ProvedComposition) => Promise<readonly Cut[]>
  /** Whether the composition is open, and whether every composition that the cut takes away is shown to be. */
  readonly holds: (cut: Pick<Cut, 'present' | 'absent'>) => Promise<boolean>
  /** How many compositions were looked at, and how many of them the cache knew. */
  readonly counts: () => { readonly checked: number; readonly known: number }
}

/** More members than that which may meddle are not tried in all their sub-sets. */
const MOST_TRIED = 8
const kinds = conflictKinds.filter(({ shownBy }) => shownBy === 'run')
const VERSION = 'composition 1'

/** Ids of the kinds that compositions are proved free of. */
const safeKinds: readonly string[] = kinds.map(({ id }) => id)

export function compositionsOver(
  behaviours: MemberBehaviours,
  solvers: Pick<Solvers, 'askAll'>,
  options: CompositionOptions = {},
): Compositions {
  const aliases = options.aliases ?? noAliases
  const world = options.world ?? { effects: defaultEffects(), places: [], safety: [] }
  const composed = kept((members: readonly string[]): Composed => {
    const read = composedOf(members, behaviours, aliases, world)
    // INVARIANT: whoever asks has put all of them together before.
    if (!read.ok) throw new EngineError('engine/composition', read.diagnostics[0]?.message ?? 'behaviours do not fit together')
    return read.value
  })
  const counts = { checked: 0, known: 0 }
  const prove = kept(async (members: readonly string[]): Promise<ProvedComposition> => {
    const one = composed(members)
    const key = canonicalKey(one, members)
    const name = createHash('sha256')
      .update([VERSION, ...safeKinds, String(options.limits?.rlimit ?? ''), key].join('\n'))
      .digest('hex')
    const { assumptions } = one.behaviour
    counts.checked++
    const before = readProved(options.limits?.cache?.get(name))
    if (before !== undefined) {
      counts.known++
      return { members, key, proved: before, open: [], own: [], assumptions }
    }
    const { findings } = await checkConflicts(one.behaviour, kinds, solvers, options.limits)
    const across = findings.filter(({ rules }) => isAcross(rules, one))
    const open = across.filter(({ verdict }) => verdict !== 'proved')
    const own = findings.filter((finding) => finding.verdict !== 'proved' && finding.severity !== 'relation' && !open.includes(finding))
    if (open.length + own.length === 0) options.limits?.cache?.set(name, JSON.stringify({ proved: across.length }))
    return { members, key, proved: across.length - open.length, open, own, assumptions }
  })
  const everybody = [...behaviours.keys()].sort()
  const others = (members: readonly string[]): readonly string[] => everybody.filter((member) => !members.includes(member))
  /** Whether a run that shows one of the findings shows it in the company of more members, too. */
  const persists = (findings: readonly Finding[], members: readonly string[]): boolean => {
    const { behaviour } = composed(members)
    return findings.some((finding) => {
      if (finding.run === undefined || finding.verdict === 'unknown') return false
      const run = completedRun(behaviour, finding.run)
      return verifyFindings(behaviour, [{ ...finding, run }])[0]!.agrees
    })
  }
  /** The lists of members of which one must be absent for the findings to be gone, as far as is known; nothing where nothing is. */
  const around = (present: readonly string[], findings: readonly Finding[]): readonly (readonly string[])[] | undefined => {
    if (findings.every(({ verdict }) => verdict === 'unknown')) return undefined
    const whole = composed(everybody)
    const direct = meddlers(present, whole, behaviours)
    const able = [...direct]
    // Who changes what these do may meddle by them.
    for (let next = direct; next.length > 0;) able.push(...(next = meddlers([...present, ...able], whole, behaviours)))
    // Not all tried: any of those that can change anything themselves may.
    if (able.length > MOST_TRIED) return direct.map((member) => [member])
    const subsets = Array.from({ length: 1 << able.length }, (_, mask) => able.filter((_member, bit) => (mask & (1 << bit)) !== 0))
    return subsets.filter((company) => company.length > 0 && !persists(findings, [...present, ...company].sort()))
  }
  /** Fewest members first: what fights without a member does not need it. */
  const core = async (open: ProvedComposition): Promise<ProvedComposition> => {
    let least = open
    for (const member of open.members) {
      const rest = least.members.filter((one) => one !== member)
      if (rest.length < 2) break
      const smaller = await prove(rest)
      if (smaller.open.some(({ verdict }) => verdict !== 'unknown')) least = smaller
    }
    return least
  }
  return {
    behaviours,
    prove: (members) => prove([...members].sort()),
    counts: () => counts,
    cuts: async (open) => {
      const least = await core(open)
      const free = around(least.members, least.open)
      const small: Cut | undefined = free && { present: least.members, absent: hitting(free), because: least.open }
      if (small !== undefined && open.members.every((member) => !small.absent.includes(member))) return [small]
      // What the core leaves open with these others is taken away by itself.
      const exact: Cut = { present: open.members, absent: others(open.members), because: open.open }
      return small === undefined ? [exact] : [small, exact]
    },
    holds: async ({ present, absent }) => {
      if (present.length === 0 || [...present, ...absent].some((member) => !behaviours.has(member))) return false
      const sorted = [...new Set(present)].sort()
      if (sorted.length !== present.length || absent.some((member) => sorted.includes(member))) return false
      const { open } = await prove(sorted)
      if (open.length === 0) return false
      if (others(sorted).every((member) => absent.includes(member))) return true
      return around(sorted, open)?.every((company) => company.some((member) => absent.includes(member))) === true
    },
  }
}

/** What is proved of all places at once. */
export function safetyOf(together: Separation['together'], single: number): Separation['safe'] {
  const assumptions = [...new Set(together.flatMap((one) => one.assumptions))].sort()
  return { kinds: safeKinds, several: together.reduce((sum, { places }) => sum + places, 0), single, assumptions }
}

/** Few members of which every set has one: each time the one that most of the sets that are left have. */
function hitting(sets: readonly (readonly string[])[]): readonly string[] {
  const chosen: string[] = []
  for (let left = sets; left.length > 0; left = left.filter((set) => !set.includes(chosen.at(-1)!))) {
    const times = new Map<string, number>()
    for (const member of left.flat()) times.set(member, (times.get(member) ?? 0) + 1)
    chosen.push([...times].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]![0])
  }
  return chosen.sort()
}

function kept<T>(make: (members: readonly string[]) => T): (members: readonly string[]) => T {
  const known = new Map<string, { readonly made: T }>()
  return (members) => {
    const key = JSON.stringify(members)
    const before = known.get(key)
    if (before !== undefined) return before.made
    const made = make(members)
    known.set(key, { made })
    return made
  }
}

/** A cache is not believed to be whole. */
function readProved(text: string | undefined): number | undefined {
  try {
    const told = text === undefined ? undefined : (JSON.parse(text) as { readonly proved?: unknown })
    return Number.isSafeInteger(told?.proved) ? (told!.proved as number) : undefined
  } catch {
    return undefined
  }
}
