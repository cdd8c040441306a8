/** Commands to actuators, as runs show them and as the structure admits them, and when two of them are incompatible. */
import type { Behaviour, Exclusion } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Reaction } from '../reaction.ts'
import { anything } from '../possible.ts'
import type { Possible } from '../possible.ts'
import { isNumber, same, toDatum } from '../values.ts'
import type { Datum } from '../values.ts'

/** What a finding is about: the rules, and the actuator or exclusion where it names one. */
export interface Subject {
  readonly actuator?: string
  readonly rules: readonly string[]
  /** The finding's own name of what it is about. */
  readonly key?: string
  /** Of what two reactions leave together, not of what one does. */
  readonly standing?: boolean
}

export interface Command {
  readonly attribute: string
  readonly automation: string
  readonly value: Datum
}

/** A command whose value is one of several; `values` undefined: any value at all. */
export interface PossibleCommand {
  readonly attribute: string
  readonly automation: string
  readonly values?: readonly Datum[]
}

export type Incompatible = (behaviour: Behaviour, a: Command, b: Command) => boolean

/** The check of one kind: does it show in a reaction, and could it show in any. */
export interface RunKind {
  /** `K6`. */
  readonly id: string
  /** After how many answers of unmodelled parts it shows, undefined where it does not. */
  readonly shows: (
    behaviour: Behaviour,
    reaction: Reaction,
    subject: Subject,
    earlier: readonly Reaction[],
    /** Who commanded what stands when the reaction has come to rest. */
    by: ReadonlyMap<string, string>,
  ) => number | undefined
  /** Attributes whose writers have a part in it besides the rules of the finding. */
  readonly speaksOf?: (behaviour: Behaviour, subject: Subject) => readonly string[]
  /** It shows only where both of two rules act in the reaction. */
  readonly pair?: true
  /** A claim about every reaction: `shows` tells where one refutes it, and `couldShow` is never false where one does. Then `conflict` says that it holds. */
  readonly claim?: true
  /** What it shows depends on values that stand, which exploring by classes of values does not tell. */
  readonly standing?: true
  /** It speaks of the reaction and the one before it (the last of `earlier`). */
  readonly overTwo?: true
  /** Never false where some run shows it; absent: the structure never rules it out. */
  readonly couldShow?: (behaviour: Behaviour, commands: readonly PossibleCommand[], subject: Subject) => boolean
}

/** Two different values of one actuator, neither pair of numbers: those are for `inconsistent-values`. Or two members of an exclusion. */
export const opposite: Incompatible = (behaviour, a, b) =>
  (a.attribute === b.attribute &&
    isActuator(behaviour, a.attribute) &&
    !same(a.value, b.value) &&
    !(isNumber(a.value) && isNumber(b.value))) ||
  excludes(behaviour, a, b) !== undefined

/** The exclusion that lets at most one of the two stand. */
function excludes(behaviour: Behaviour, a: Command, b: Command): Exclusion | undefined {
  const isMember = (member: Exclusion['members'][number], command: Command): boolean =>
    member.attribute === command.attribute && same(toDatum(member.value), command.value)
  return behaviour.exclusions.find(
    ({ members }) => a.attribute !== b.attribute && members.some((one) => isMember(one, a)) && members.some((other) => isMember(other, b)),
  )
}

export function isActuator(behaviour: Behaviour, attribute: string): boolean {
  return indexOf(behaviour).attributes.get(attribute)?.role === 'actuator'
}

/** Whether a pair of commands is what the subject speaks of. */
export function concerns(behaviour: Behaviour, { actuator, rules }: Subject, a: Command, b: Command): boolean {
  if (rules.length > 0 && !(rules.includes(a.automation) && rules.includes(b.automation))) return false
  return actuator === undefined || actuator === a.attribute || actuator === b.attribute || excludes(behaviour, a, b)?.name === actuator
}

/** Whether some pair of possible commands, taken for two commands, is incompatible. `related` says which pairs of automations count. */
export function somePair(
  behaviour: Behaviour,
  commands: readonly PossibleCommand[],
  subject: Subject,
  incompatible: Incompatible,
  related: (a: PossibleCommand, b: PossibleCommand) => boolean,
): boolean {
  const { rules } = subject
  // Only commands of the rules concern the subject.
  const own = rules.length === 0 ? commands : commands.filter(({ automation }) => rules.includes(automation))
  return own.some((a, i) =>
    own
      .slice(i)
      .some(
        (b) =>
          related(a, b) && choices(behaviour, a, b).some(([x, y]) => concerns(behaviour, subject, x, y) && incompatible(behaviour, x, y)),
      ),
  )
}

/** Pairs of commands that stand for all that the two may be. */
function choices(behaviour: Behaviour, a: PossibleCommand, b: PossibleCommand): readonly (readonly [Command, Command])[] {
  const constants = [...memberValues(behaviour), ...(a.values ?? []), ...(b.values ?? [])]
  // An open command may take any value of the other, any member's value, and values that are none of these.
  const open: readonly Datum[] = [...constants, null, true, false, 'one', 'other', toDatum(0), toDatum(1)]
  const command = ({ attribute, automation }: PossibleCommand, value: Datum): Command => ({ attribute, automation, value })
  return (a.values ?? open).flatMap((x) => (b.values ?? open).map((y) => [command(a, x), command(b, y)] as const))
}

const membersOnce = new WeakMap<Behaviour, readonly Datum[]>()

/** Each value that some member of an exclusion is about. */
function memberValues(behaviour: Behaviour): readonly Datum[] {
  const known =
    membersOnce.get(behaviour) ??
    [...new Set(behaviour.exclusions.flatMap(({ members }) => members.map(({ value }) => value)))].map(toDatum)
  membersOnce.set(behaviour, known)
  return known
}

export const valuesOf = (possible: Possible): { readonly values?: readonly Datum[] } =>
  possible.type === undefined && possible !== anything ? { values: [...possible.values.values()] } : {}

interface RunCommand extends Command {
  readonly run: number
  readonly asked: number
}

/** The earliest two commands of what the subject speaks of that fit, told by what had been asked when the later one came. */
export function earliestPair(
  behaviour: Behaviour,
  reaction: Reaction,
  subject: Subject,
  fits: (a: RunCommand, b: RunCommand) => boolean,
): number | undefined {
  const { rules } = subject
  const meant = attributesOf(behaviour, subject)
  const commands = commandsOf(reaction).filter(
    ({ automation, attribute }) => (rules.length === 0 || rules.includes(automation)) && meant?.has(attribute) !== false,
  )
  return commands.find((later, at) => commands.slice(0, at).some((earlier) => fits(earlier, later)))?.asked
}

const meantOnce = new WeakMap<Behaviour, Map<string, ReadonlySet<string>>>()

/** The attributes whose commands the subject speaks of: the actuator and all that stand in an exclusion with it; undefined for all. */
export function attributesOf(behaviour: Behaviour, { actuator }: Subject): ReadonlySet<string> | undefined {
  if (actuator === undefined) return undefined
  const known = meantOnce.get(behaviour) ?? new Map<string, ReadonlySet<string>>()
  meantOnce.set(behaviour, known)
  const before = known.get(actuator)
  if (before !== undefined) return before
  const joined = behaviour.exclusions.filter(
    ({ name, members }) => name === actuator || members.some(({ attribute }) => attribute === actuator),
  )
  const meant = new Set([actuator, ...joined.flatMap(({ members }) => members.map(({ attribute }) => attribute))])
  known.set(actuator, meant)
  return meant
}

const commandsOnce = new WeakMap<Reaction, readonly RunCommand[]>()

function commandsOf(reaction: Reaction): readonly RunCommand[] {
  const known =
    commandsOnce.get(reaction) ??
    reaction.writes.map(({ attribute, automation, exact, run, asked }): RunCommand => ({ attribute, automation, value: exact, run, asked }))
  commandsOnce.set(reaction, known)
  return known
}
