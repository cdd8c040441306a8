/** The walk of `rules`: rule sets of other systems are read, compiled, decided, and said in their owner's words. Opens nothing, prints nothing. */
import { compileRules, factsOf } from './compile/rules.ts'
import type { Diagnostic, Read, Source } from './diagnostics/diagnostic.ts'
import { describeValue } from './diagnostics/document.ts'
import { readYaml } from './diagnostics/yaml.ts'
import { numberName } from './expression/number-name.ts'
import type { RuleCondition, RuleName } from './expression/rule-condition.ts'
import { looksLikeConfigurations, readConfigurations } from './formats/azure/read-configurations.ts'
import { looksLikeRules, readRules } from './formats/rules/read-rules.ts'
import type { DeviceFact, RuleFinding, RuleReference, RuleReport, RuleSet, TargetRule } from './model/rule-set.ts'
import { decideRules, type RuleDecisions } from './solve/decide-rules.ts'
import type { Solvers } from './solve/solvers.ts'

type Rules = RuleSet<RuleCondition, RuleName>

export interface RuleOptions {
  /** Milliseconds; only for statistics. */
  readonly clock?: () => number
}

const ASSUMED_OF_QUERIES = [
  'a comparison with a property that is missing, or is an object, is not true, and neither is its `NOT`',
  'values of different JSON types are unequal; texts compare letter by letter, upper and lower case are different',
]

/** Finds what cannot be meant in rules with conditions and priorities, for all devices that could ever be. */
export async function analyseRules(
  sources: readonly Source[],
  solvers: Pick<Solvers, 'askAll'>,
  options: RuleOptions = {},
): Promise<RuleReport> {
  const clock = options.clock ?? (() => 0)
  const begun = clock()
  const sets = readRuleSets(sources)
  if (!sets.ok) return { status: 'invalid', diagnostics: sets.diagnostics }
  const read = clock()
  const compiled = sets.value.map((set) => ({ set, compiled: compileRules(set) }))
  const cut = clock()
  const findings: RuleFinding[] = []
  let rules = 0
  let pairs = 0
  let asked = 0
  for (const one of compiled) {
    const decisions = await decideRules(one.compiled, solvers)
    // Half a million overlaps are more than a call takes as arguments.
    for (const finding of findingsOf(one.set, decisions)) findings.push(finding)
    rules += one.set.rules.length
    pairs += decisions.pairs
    asked += decisions.asked
  }
  return {
    status: 'analysed',
    findings,
    assumptions: sets.value.some(({ language }) => language === 'query') ? ASSUMED_OF_QUERIES : [],
    statistics: { rules, pairs, asked, milliseconds: { read: read - begun, compile: cut - read, decide: clock() - cut } },
    diagnostics: sets.diagnostics,
  }
}

/** Every rule set of our own form by itself, all configurations of a hub together as one. */
function readRuleSets(sources: readonly Source[]): Read<readonly Rules[]> {
  const diagnostics: Diagnostic[] = []
  const own: Rules[] = []
  const hub: TargetRule<RuleCondition>[] = []
  const hubSources: string[] = []
  for (const source of sources) {
    const text = readYaml(source)
    if (!text.ok) {
      diagnostics.push(...text.diagnostics)
      continue
    }
    const { value } = text.value
    if (looksLikeRules(value)) {
      const set = readRules(source)
      diagnostics.push(...set.diagnostics)
      if (set.ok) own.push(set.value)
    } else if (looksLikeConfigurations(value)) {
      const rules = readConfigurations(source)
      diagnostics.push(...rules.diagnostics)
      hubSources.push(source.name)
      if (rules.ok) hub.push(...rules.value)
    } else
      diagnostics.push({
        code: 'rules/unknown-format',
        severity: 'error',
        message: `neither a rule set nor configurations of IoT Hub: ${describeValue(value)}`,
        hint: 'maybe begin with `fleetproof-rules: 1`',
        at: { source: source.name },
      })
  }
  const first = new Map<string, TargetRule<RuleCondition>>()
  for (const rule of hub) {
    const before = first.get(rule.name)
    if (before !== undefined)
      diagnostics.push({
        code: 'azure/duplicate-id',
        severity: 'error',
        message: `two configurations have the id \`${rule.name}\``,
        at: rule.at,
      })
    else first.set(rule.name, rule)
  }
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const sets =
    hubSources.length === 0 ? own : [...own, { source: hubSources.join(', '), language: 'query' as const, rules: hub, names: {} }]
  return { ok: true, value: sets, diagnostics }
}

function findingsOf({ rules, names }: Rules, decisions: RuleDecisions): readonly RuleFinding[] {
  const reference = (index: number): RuleReference => {
    const { name, priority, gives, at } = rules[index]!
    return { name, priority, ...(gives === undefined ? {} : { gives }), at }
  }
  const verdict = (why: string | undefined): Pick<RuleFinding, 'verdict' | 'why'> =>
    why === undefined ? { verdict: 'certain' } : { verdict: 'possible', why }
  return [
    ...decisions.dead.map(({ rule, why }): RuleFinding => ({ kind: 'rules/dead', ...verdict(why), rules: [reference(rule)] })),
    ...decisions.overlaps.map((overlap): RuleFinding => ({
      kind: 'rules/overlap',
      ...verdict(overlap.why),
      rules: overlap.rules.map(reference),
      ...(overlap.device === undefined ? {} : { witness: factsOf(overlap.device).map((fact) => shownFact(fact, names)) }),
    })),
    ...decisions.shadowed.map(({ rule, by, why }): RuleFinding => ({
      kind: 'rules/shadowed',
      ...verdict(why),
      rules: [rule, ...by].map(reference),
    })),
    ...decisions.duplicates.map(({ rule, first }): RuleFinding => ({
      kind: 'rules/duplicate',
      verdict: 'certain',
      rules: [first, rule].map(reference),
    })),
  ]
}

/** The value as people write it: a time as RFC 3339, a decimal with its point. */
function shownFact({ name, value }: DeviceFact, names: Readonly<Record<string, RuleName>>): DeviceFact {
  const type = names[name]?.type
  if (type === undefined || typeof value !== 'number') return { name, value }
  if (type.is === 'decimal') return { name, value: Number(numberName(value, type)) }
  const date = type.is === 'time' ? new Date(value) : undefined
  return { name, value: date === undefined || Number.isNaN(date.getTime()) ? value : date.toISOString() }
}
