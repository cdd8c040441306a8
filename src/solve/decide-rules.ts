/** Decides which rules of a set overlap, which can never select, which never decide: by boxes where that is enough, by a solver else. Every device is checked by the conditions themselves. */
import { firstIn, meet, meets, type Box } from '../compile/rules-boxes.ts'
import { deviceAt, selects, type CompiledRule, type CompiledRules, type Point } from '../compile/rules.ts'
import { formulaKey } from '../compile/rules-formula.ts'
import { pointOf, ruleScript, type RuleQuestion, type RuleScript } from '../compile/rules-script.ts'
import type { DeviceValue } from '../expression/rule-condition.ts'
import type { Solvers, SolverAnswer } from './solvers.ts'

export type RuleDevice = ReadonlyMap<string, Exclude<DeviceValue, undefined>>

/** Rules by their number in the set. `why`: of a verdict that is only possible. */
export interface RuleDecisions {
  readonly dead: readonly { readonly rule: number; readonly why?: string }[]
  readonly overlaps: readonly { readonly rules: readonly [number, number]; readonly device?: RuleDevice; readonly why?: string }[]
  /** `by`: rules of higher priority that together take all of its devices (where it is only possible: that take some). */
  readonly shadowed: readonly { readonly rule: number; readonly by: readonly number[]; readonly why?: string }[]
  /** Each with the first rule of the same condition. */
  readonly duplicates: readonly { readonly rule: number; readonly first: number }[]
  readonly pairs: number
  readonly asked: number
}

/** Z3's resource units for one question: about a second. */
const RLIMIT = 4_000_000
/** Questions that are asked again, each of its own rules alone, where all rules together leave them open. */
const MOST_ALONE = 500
/** Boxes that are tried for a device before a solver is asked. */
const TRIED = 12

const NOT_FOUND = 'no such device was found, and none is excluded'

export async function decideRules(compiled: CompiledRules, solvers: Pick<Solvers, 'askAll'>): Promise<RuleDecisions> {
  const { rules } = compiled
  const asking = newAsking(compiled, solvers)

  // Whole devices: other rules are asked about them, too.
  const everything = allOf(compiled)
  const samples: (RuleDevice | undefined)[] = rules.map((rule, index) =>
    sample(compiled, rule.boxes ?? [{ dimensions: [], sets: [] }], { selecting: [index], sparing: [] }, everything),
  )
  const dead: { rule: number; why?: string }[] = []
  const alive = new Uint8Array(rules.length).fill(1)
  const silent = rules.flatMap((rule, index) => (samples[index] === undefined && rule.boxes?.length !== 0 ? [index] : []))
  const answers = await asking.ask(
    silent.map((rule) => ({ selecting: [rule], sparing: [] })),
    everything,
  )
  rules.forEach((rule, index) => {
    const answer = answers[silent.indexOf(index)]
    if (answer?.is === 'device') samples[index] = answer.device
    if (rule.boxes?.length === 0 || answer?.is === 'none') {
      dead.push({ rule: index })
      alive[index] = 0
    } else if (answer?.is === 'perhaps') dead.push({ rule: index, why: answer.why })
  })

  const { overlaps, pairs } = await findOverlaps(compiled, alive, samples, asking)
  const shadowed = await findShadowed(compiled, alive, samples, asking)
  const duplicates = await findDuplicates(compiled, alive, samples, asking)
  return { dead, overlaps, shadowed, duplicates, pairs, asked: asking.count() }
}

async function findOverlaps(
  compiled: CompiledRules,
  alive: Uint8Array,
  samples: readonly (RuleDevice | undefined)[],
  asking: Asking,
): Promise<{ readonly overlaps: RuleDecisions['overlaps']; readonly pairs: number }> {
  const { rules } = compiled
  const found: { rules: readonly [number, number]; device?: RuleDevice; why?: string }[] = []
  const open: (readonly [number, number])[] = []
  let pairs = 0
  for (const group of byPriority(rules)) {
    group.forEach((first, at) => {
      for (const second of group.slice(at + 1)) {
        pairs++
        if (alive[first] === 0 || alive[second] === 0) continue
        if (!mayMeet(rules[first]!.boxes, rules[second]!.boxes)) continue
        const device = common(compiled, first, second) ?? shared(compiled, samples, first, second)
        if (device === undefined) open.push([first, second])
        else found.push({ rules: [first, second], device })
      }
    })
  }
  const answers = await asking.ask(open.map((pair) => ({ selecting: pair, sparing: [] })))
  answers.forEach((answer, at) => {
    if (answer.is === 'device') found.push({ rules: open[at]!, device: answer.device })
    if (answer.is === 'perhaps') found.push({ rules: open[at]!, why: answer.why })
  })
  return { overlaps: found.sort((a, b) => a.rules[0] - b.rules[0] || a.rules[1] - b.rules[1]), pairs }
}

async function findShadowed(
  compiled: CompiledRules,
  alive: Uint8Array,
  samples: readonly (RuleDevice | undefined)[],
  asking: Asking,
): Promise<RuleDecisions['shadowed']> {
  const { rules } = compiled
  const open: { readonly rule: number; readonly over: readonly number[] }[] = []
  const everything = allOf(compiled)
  rules.forEach((rule, index) => {
    if (alive[index] === 0) return
    const over = rules.flatMap((other, at) =>
      alive[at] === 1 && other.priority > rule.priority && mayMeet(rule.boxes, other.boxes) ? [at] : [],
    )
    if (over.length === 0) return
    const device = samples[index]
    if (device !== undefined && !over.some((other) => selects(rules[other]!, device))) return
    const question = { selecting: [index], sparing: over }
    if (rule.boxes !== undefined && sample(compiled, rule.boxes, question, everything) !== undefined) return
    open.push({ rule: index, over })
  })
  const answers = await asking.ask(open.map(({ rule, over }) => ({ selecting: [rule], sparing: over })))
  return answers.flatMap((answer, at) => {
    const { rule, over } = open[at]!
    if (answer.is === 'device') return []
    return answer.is === 'none' ? [{ rule, by: answer.because }] : [{ rule, by: over, why: answer.why }]
  })
}

/** Conditions that are written alike, and those of which neither selects a device that the other does not. */
async function findDuplicates(
  compiled: CompiledRules,
  alive: Uint8Array,
  samples: readonly (RuleDevice | undefined)[],
  asking: Asking,
): Promise<RuleDecisions['duplicates']> {
  const { rules } = compiled
  const firstOf = new Map<string, number>()
  const found: { rule: number; first: number }[] = []
  const distinct: number[] = []
  rules.forEach((rule, index) => {
    if (alive[index] === 0) return
    const key = formulaKey(rule.formula)
    const first = firstOf.get(key)
    if (first === undefined) {
      firstOf.set(key, index)
      distinct.push(index)
    } else found.push({ rule: index, first })
  })
  const open: { readonly rule: number; readonly first: number }[] = []
  distinct.forEach((rule, at) => {
    for (const first of distinct.slice(0, at)) {
      const [one, other] = [rules[first]!, rules[rule]!]
      if (!mayMeet(one.boxes, other.boxes) || !agree(one, samples[rule]) || !agree(other, samples[first])) continue
      if (differ(compiled, first, rule) || differ(compiled, rule, first)) continue
      open.push({ rule, first })
    }
  })
  const answers = await asking.ask(
    open.flatMap(({ rule, first }) => [
      { selecting: [rule], sparing: [first] },
      { selecting: [first], sparing: [rule] },
    ]),
  )
  open.forEach((pair, at) => {
    if (answers[2 * at]!.is === 'none' && answers[2 * at + 1]!.is === 'none' && !found.some(({ rule }) => rule === pair.rule))
      found.push(pair)
  })
  return found.sort((a, b) => a.rule - b.rule)
}

function allOf({ dimensions }: CompiledRules): readonly number[] {
  return dimensions.map((_, index) => index)
}

/** Rules without a device at hand are left out: nothing would keep the number of questions down. */
function agree(rule: CompiledRule, device: RuleDevice | undefined): boolean {
  return device !== undefined && selects(rule, device)
}

/** Whether a device is at hand that one selects and the other does not. */
function differ(compiled: CompiledRules, one: number, other: number): boolean {
  const { boxes } = compiled.rules[one]!
  return boxes !== undefined && sample(compiled, boxes, { selecting: [one], sparing: [other] }, allOf(compiled)) !== undefined
}

type Found =
  | { readonly is: 'device'; readonly device: RuleDevice }
  | { readonly is: 'none'; readonly because: readonly number[] }
  | { readonly is: 'perhaps'; readonly why: string }

interface Asking {
  /** `reads`: dimensions that the devices must have a value in where no device lacks one; else those of the rules. */
  readonly ask: (questions: readonly Omit<RuleQuestion, 'others'>[], reads?: readonly number[]) => Promise<readonly Found[]>
  readonly count: () => number
}

/** Asks for devices: first among those whose values are known, then, where none is found and others remain, among all. */
function newAsking(compiled: CompiledRules, solvers: Pick<Solvers, 'askAll'>): Asking {
  let count = 0
  const solve = async (scripts: readonly RuleScript[]): Promise<readonly SolverAnswer[]> => {
    count += scripts.length
    return scripts.length === 0
      ? []
      : solvers.askAll(
          scripts.map(({ script }) => script),
          { rlimit: RLIMIT },
        )
  }
  return {
    count: () => count,
    ask: async (questions, reads) => {
      const together = await answersTo(compiled, questions, reads)
      const open = together.flatMap((one, at) => (one.is === 'perhaps' ? [at] : []))
      if (open.length > MOST_ALONE) return together
      const alone = new Map<number, Found>()
      for (const at of open) {
        const { selecting, sparing } = questions[at]!
        const rules = [...new Set([...selecting, ...sparing])].sort((a, b) => a - b)
        if (rules.length === compiled.rules.length) continue
        const numbered = (all: readonly number[]): readonly number[] => all.map((rule) => rules.indexOf(rule))
        const [answer] = await answersTo(compiled.alone(rules), [{ selecting: numbered(selecting), sparing: numbered(sparing) }])
        if (answer?.is === 'device' && !fits(compiled, answer.device, questions[at]!)) continue
        if (answer !== undefined && answer.is !== 'perhaps')
          alone.set(at, answer.is === 'none' ? { is: 'none', because: answer.because.map((rule) => rules[rule]!) } : answer)
      }
      return together.map((one, at) => alone.get(at) ?? one)
    },
  }

  async function answersTo(
    among: CompiledRules,
    questions: readonly Omit<RuleQuestion, 'others'>[],
    reads?: readonly number[],
  ): Promise<readonly Found[]> {
    const scripts = questions.map((question) => ruleScript(among, { ...question, others: false }))
    const found = (await solve(scripts)).map((answer, at): Found | undefined => {
      if (answer.is === 'unknown') return { is: 'perhaps', why: `the solver does not know: ${answer.why}` }
      if (answer.is === 'unsat') return scripts[at]!.loose ? undefined : { is: 'none', because: ruleNumbers(answer.core) }
      const device = confirmed(among, pointOf(scripts[at]!, answer.values), questions[at]!, reads)
      return device === undefined ? { is: 'perhaps', why: NOT_FOUND } : { is: 'device', device }
    })
    const open = found.flatMap((one, at) => (one === undefined ? [at] : []))
    const wider = await solve(open.map((at) => ruleScript(among, { ...questions[at]!, others: true })))
    return found.map((one, at): Found => {
      if (one !== undefined) return one
      const answer = wider[open.indexOf(at)]!
      return answer.is === 'unsat' ? { is: 'none', because: ruleNumbers(answer.core) } : { is: 'perhaps', why: NOT_FOUND }
    })
  }
}

function ruleNumbers(core: readonly string[]): readonly number[] {
  return core.map((label) => Number(label.slice(1))).sort((a, b) => a - b)
}

/** The device at the point, if the conditions themselves say what the question asks. */
function confirmed(
  compiled: CompiledRules,
  point: Point,
  question: Omit<RuleQuestion, 'others'>,
  reads: readonly number[] = [...question.selecting, ...question.sparing].flatMap((rule) => compiled.rules[rule]!.reads),
): RuleDevice | undefined {
  const device = deviceAt(compiled, point, reads)
  if (device === undefined) return undefined
  return fits(compiled, device, question) ? device : undefined
}

function fits({ rules }: CompiledRules, device: RuleDevice, { selecting, sparing }: Omit<RuleQuestion, 'others'>): boolean {
  return selecting.every((rule) => selects(rules[rule]!, device)) && !sparing.some((rule) => selects(rules[rule]!, device))
}

/** A confirmed device in one of the first boxes. */
function sample(
  compiled: CompiledRules,
  boxes: readonly Box[],
  question: Omit<RuleQuestion, 'others'>,
  reads?: readonly number[],
): RuleDevice | undefined {
  for (const box of boxes.slice(0, TRIED)) {
    const device = confirmed(compiled, pointIn(compiled, box), question, reads)
    if (device !== undefined) return device
  }
  return undefined
}

/** In every dimension the first cell with a value, else the first. */
function pointIn({ plain }: CompiledRules, { dimensions: indices, sets }: Box): Point {
  return new Map(indices.map((index, at) => [index, { cell: firstIn(sets[at]!, plain[index]) ?? firstIn(sets[at]!) ?? 0 }]))
}

/** A confirmed device in what some first boxes of both have in common. */
function common(compiled: CompiledRules, first: number, second: number): RuleDevice | undefined {
  const { rules } = compiled
  const question = { selecting: [first, second], sparing: [] }
  let tried = 0
  for (const left of rules[first]!.boxes ?? []) {
    for (const right of rules[second]!.boxes ?? []) {
      const box = meet(left, right)
      if (box === undefined) continue
      if (++tried > TRIED) return undefined
      const device = confirmed(compiled, pointIn(compiled, box), question)
      if (device !== undefined) return device
    }
  }
  return undefined
}

/** The sample of one that the other selects, too. */
function shared(
  compiled: CompiledRules,
  samples: readonly (RuleDevice | undefined)[],
  first: number,
  second: number,
): RuleDevice | undefined {
  const { rules } = compiled
  const [one, other] = [samples[first], samples[second]]
  if (one !== undefined && selects(rules[second]!, one)) return one
  if (other !== undefined && selects(rules[first]!, other)) return other
  if (one === undefined || other === undefined) return undefined
  const question = { selecting: [first, second], sparing: [] }
  return mixtures(compiled, one, other).find((device) => isWhole(compiled, device) && fits(compiled, device, question))
}

/** Devices with the values of both, where they differ those of one of them, or, of texts, one behind the other: what each text holds is then in both. */
function mixtures({ anyText }: CompiledRules, one: RuleDevice, other: RuleDevice): readonly RuleDevice[] {
  const joined = (a: RuleDevice, b: RuleDevice): RuleDevice =>
    new Map([
      ...a,
      ...[...b].map(([name, value]) => {
        const before = a.get(name)
        return [
          name,
          anyText.has(name) && typeof before === 'string' && typeof value === 'string' && before !== value ? before + value : value,
        ] as const
      }),
    ])
  return [new Map([...one, ...other]), new Map([...other, ...one]), joined(one, other), joined(other, one)]
}

/** What has properties inside is an object. */
function isWhole({ dimensions }: CompiledRules, device: RuleDevice): boolean {
  return dimensions.every(({ name, inside }) => {
    const value = device.get(name)
    return (typeof value === 'object' && 'is' in value) || inside?.some((child) => device.has(dimensions[child]!.name)) !== true
  })
}

function mayMeet(a: readonly Box[] | undefined, b: readonly Box[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((left) => b.some((right) => meets(left, right)))
}

function byPriority(rules: readonly CompiledRule[]): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>()
  rules.forEach(({ priority }, index) => {
    const group = groups.get(priority)
    if (group === undefined) groups.set(priority, [index])
    else group.push(index)
  })
  return [...groups].sort(([a], [b]) => b - a).map(([, group]) => group)
}
