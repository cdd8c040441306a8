/** Puts the steps of nodes together to automations: what each starting node reaches, and what nothing reaches. */
import type { Automation, AutomationExpression, Step, Trigger, UnmodelledPart } from '../../model/automation.ts'
import type { FlowContext } from './context.ts'
import { dangle, missingId } from './context.ts'
import { type Draft, draftOf, REACHABLE } from './draft.ts'
import { holdsOpen, mapLeaves, TRUE } from './expressions.ts'
import { type FlowNode, idsOf, labelOf } from './flow-nodes.ts'
import type { GraphNode } from './graph.ts'
import { readLinkCall, readReturn } from './message-nodes.ts'
import { isIdle, isKnown, readNode } from './nodes.ts'
import { withoutEffect } from './effects.ts'
import { expressionsOf, withoutIdle } from './prune.ts'
import { type Source, sourceOf } from './sources.ts'

/** As many runs at once as Node-RED can hold in memory. */
const UNLIMITED = 1_000_000

export interface Assembled {
  readonly automations: readonly Automation[]
  readonly unmodelled: readonly UnmodelledPart[]
}

interface Start {
  readonly id: string
  readonly node: FlowNode
  readonly triggers: readonly Trigger[]
  /** Steps of the source itself; none where messages enter at nodes. */
  readonly draft: Draft | undefined
  readonly entry: readonly string[]
  /** Nodes from which messages go on. */
  readonly from: readonly string[]
  readonly why: string | undefined
}

export function assemble(context: FlowContext): Assembled {
  const { graph } = context
  const drafts = new Map(graph.nodes.map((node) => [node.id, isReturn(node) ? draftOf(context, node) : drafted(context, node)]))
  const starts = graph.nodes.flatMap((node) => startOf(context, node))
  const live = new Set<string>()
  for (const start of starts) for (const id of reach(context, start.from)) live.add(id)
  const all = [...starts, ...unreached(context, live, new Set(starts.map(({ node }) => node.id)))]
  const reached = new Map<string, ReadonlySet<string>>()
  const unmodelled: UnmodelledPart[] = []
  const parts = withoutEffect(all.map((start) => ({ entry: start.entry, parts: partsOf(context, start, drafts) })))
  const automations = all.map((start, index) =>
    automationOf(context, { ...start, entry: parts[index]!.entry }, parts[index]!.parts, drafts, reached, unmodelled),
  )
  return { automations, unmodelled }
}

const isReturn = ({ node }: GraphNode): boolean => node.type === 'link out' && node.raw['mode'] === 'return'
const isCall = ({ node }: GraphNode): boolean => node.type === 'link call'

function drafted(context: FlowContext, node: GraphNode): Draft {
  const draft = draftOf(context, node)
  // A called link receives at once: its message is next at the nodes behind it.
  if (isCall(node))
    readLinkCall(
      draft,
      calledBy(context, node).flatMap((id) => context.graph.byId.get(id)!.outputs.flat()),
      calledBy(context, node).length > 0,
    )
  else readNode(draft)
  return draft
}

/** The link that a call names, where it is one and there. */
function calledBy({ graph }: FlowContext, node: GraphNode): readonly string[] {
  if (node.node.raw['linkType'] === 'dynamic') return []
  const inside = node.id.slice(0, node.id.length - node.node.id.length)
  return idsOf(node.node.raw['links']).flatMap((id) => (graph.byId.has(inside + id) ? [inside + id] : graph.byId.has(id) ? [id] : []))
}

function startOf(context: FlowContext, node: GraphNode): readonly Start[] {
  if (node.phantom !== undefined) return []
  const source = sourceOf(context, node, isKnown(node.node.type) || isCall(node) || node.node.type.startsWith('subflow:'))
  return source === undefined ? [] : [started(context, node, source, source.triggers)]
}

function started(context: FlowContext, node: GraphNode, source: Source, triggers: readonly Trigger[]): Start {
  const draft = draftOf(context, node, `${node.id}${source.suffix}`)
  source.write(draft)
  const id = `${context.application}/${node.id}${source.suffix === ':start' ? source.suffix : ''}`
  const entry = draft.steps[0] === undefined ? [] : [draft.steps[0].id]
  return { id, node: node.node, triggers, draft, entry, from: node.outputs.flat(), why: source.why }
}

/** Nodes that messages can pass through from these on, the nodes themselves included. */
function reach(context: FlowContext, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const ahead = [...from].reverse()
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const node = context.graph.byId.get(id)
    if (node === undefined || seen.has(id)) continue
    seen.add(id)
    ahead.push(...[...node.outputs.flat(), ...(isCall(node) ? calledBy(context, node) : [])].reverse())
  }
  return seen
}

/** One start per part of the graph that no message reaches: it never happens, and why. */
function unreached(context: FlowContext, live: ReadonlySet<string>, starting: ReadonlySet<string>): readonly Start[] {
  const { application, graph } = context
  const covered = new Set(live)
  const starts: Start[] = []
  const cover = (from: readonly string[]): void => {
    for (const id of reach(context, from)) covered.add(id)
  }
  const cause = new Map<FlowNode, string>()
  for (const { definition, entry } of graph.uninstantiated) {
    const name = definition.name.trim() || definition.id
    const text = `nothing is an instance of the subflow \`${name}\``
    const id = dangle(context, { id: definition.id }, 'no instance', text, definition.at)
    cause.set(definition, id)
    const trigger: Trigger = { on: 'never', because: text, causes: [id], at: definition.at }
    starts.push({
      id: `${application}/${definition.id}`,
      node: definition,
      triggers: [trigger],
      draft: undefined,
      entry,
      from: entry,
      why: undefined,
    })
    cover(entry)
  }
  const receiving = new Set(graph.nodes.flatMap((node) => [...node.outputs.flat(), ...(isCall(node) ? calledBy(context, node) : [])]))
  const dead = (node: GraphNode): boolean =>
    !covered.has(node.id) && !(starting.has(node.node.id) && node.phantom === undefined) && !isIdle(node.node.type)
  const add = (node: GraphNode): void => {
    const trigger: Trigger = { on: 'never', ...whyDead(context, node, cause), at: node.node.at }
    const source = node.phantom === undefined ? undefined : sourceOf(context, node, true)
    if (source === undefined || source.suffix !== '') {
      starts.push({
        id: `${application}/${node.id}`,
        node: node.node,
        triggers: [trigger],
        draft: undefined,
        entry: [node.id],
        from: [node.id],
        why: undefined,
      })
    } else starts.push({ ...started(context, node, source, [trigger]), id: `${application}/${node.id}` })
    covered.add(node.id)
    cover([node.id])
  }
  for (const node of graph.nodes) if (dead(node) && !receiving.has(node.id)) add(node)
  // What is left stands in circles.
  for (const node of graph.nodes) if (dead(node)) add(node)
  return starts
}

function whyDead(
  context: FlowContext,
  node: GraphNode,
  cause: ReadonlyMap<FlowNode, string>,
): { readonly because: string; readonly causes: readonly string[] } {
  if (node.phantom !== undefined) {
    const id = cause.get(node.phantom)
    return {
      because: `it stands in the subflow \`${node.phantom.name.trim() || node.phantom.id}\`, which nothing instantiates`,
      causes: id === undefined ? [] : [id],
    }
  }
  const links = node.node.type === 'link in' ? idsOf(node.node.raw['links']) : []
  const missing = context.graph.missing.filter(({ from, what }) => from === node.id && what === 'link-in')
  if (links.length > 0 && missing.length === links.length)
    return { because: 'none of the links that it names exists', causes: missing.map((one) => missingId(context.application, one)) }
  if (links.length > 0) return { because: 'no link that it names runs', causes: missing.map((one) => missingId(context.application, one)) }
  return { because: 'nothing that runs is wired to it', causes: [] }
}

/** The nodes of an automation with their steps, without what nothing reads. */
function partsOf(context: FlowContext, start: Start, drafts: ReadonlyMap<string, Draft>): readonly Draft[] {
  const { graph } = context
  const nodes = [...reach(context, start.from)]
  const callers = nodes.map((id) => graph.byId.get(id)!).filter((node) => isCall(node) && calledBy(context, node).length > 0)
  const own: Draft[] = nodes.map((id) => {
    const draft = drafts.get(id)!
    if (!isReturn(draft.node)) return draft
    const returning = draftOf(context, draft.node)
    readReturn(
      returning,
      callers.map((caller) => ({ id: caller.id, next: caller.outputs.flat() })),
    )
    return returning
  })
  const whole = start.draft === undefined ? own : [start.draft, ...own]
  const kept = withoutIdle(whole.map(({ steps }) => steps))
  return whole.map((draft, index): Draft => ({ ...draft, steps: [...kept[index]!] }))
}

function automationOf(
  context: FlowContext,
  start: Start,
  parts: readonly Draft[],
  drafts: ReadonlyMap<string, Draft>,
  reached: Map<string, ReadonlySet<string>>,
  unmodelled: UnmodelledPart[],
): Automation {
  const { application } = context
  const partId = (node: string): string => `${start.id} | ${node}`
  const writes = (draft: Draft, step: Step): readonly string[] =>
    step.do === 'unmodelled'
      ? [...new Set(step.writes.flatMap((id) => (id === REACHABLE ? [...outputsOf(context, draft, drafts, reached)] : [id])))]
      : []
  for (const [node, drafts] of byNode(parts)) {
    const reasons = new Set(drafts.flatMap((draft) => [...draft.notes, ...(isOpen(draft) ? draft.reasons : [])]))
    if (reasons.size === 0) continue
    unmodelled.push({
      id: partId(node.id),
      automation: start.id,
      at: node.node.at,
      why: [...reasons].sort().join('; '),
      writes: [...new Set(drafts.flatMap((draft) => draft.steps.flatMap((step) => writes(draft, step))))].sort(),
      declared: false,
    })
  }
  const named = (expression: AutomationExpression): AutomationExpression =>
    mapLeaves(expression, (leaf) => (leaf.is === 'any' ? { ...leaf, part: partId(leaf.part) } : leaf))
  const steps = parts.flatMap((draft) => draft.steps.map((step) => inTurn(draft, placed(step, named, partId, writes(draft, step)))))
  return {
    id: start.id,
    name: labelOf(start.node),
    application,
    platform: 'node-red',
    mode: { run: 'parallel', max: UNLIMITED },
    triggers: start.triggers.map((trigger) => (trigger.on === 'unmodelled' ? { ...trigger, part: partId(trigger.part) } : trigger)),
    guard: TRUE,
    entry: start.entry,
    steps: unique(steps),
    at: start.node.at,
  }
}

/** A node does all it does in one turn: what follows its first step goes with it. */
function inTurn({ prefix }: Draft, step: Step): Step {
  return step.id === prefix ? step : { ...step, withPrevious: true }
}

function byNode(drafts: readonly Draft[]): ReadonlyMap<GraphNode, readonly Draft[]> {
  const found = new Map<GraphNode, Draft[]>()
  for (const draft of drafts) found.set(draft.node, [...(found.get(draft.node) ?? []), draft])
  return found
}

/** Whether something of the steps may be anything: a reason whose open value was not needed in the end is none. */
function isOpen({ steps }: Draft): boolean {
  return steps.some((step) => step.do === 'unmodelled' || expressionsOf(step).some(holdsOpen))
}

/** A node that starts messages and also receives them has its steps once for each; ids differ, but for a source wired to itself. */
function unique(steps: readonly Step[]): readonly Step[] {
  const seen = new Set<string>()
  return steps.filter(({ id }) => !seen.has(id) && seen.add(id))
}

function placed(
  step: Step,
  named: (expression: AutomationExpression) => AutomationExpression,
  partId: (node: string) => string,
  writes: readonly string[],
): Step {
  switch (step.do) {
    case 'set':
    case 'let':
      return { ...step, value: named(step.value) }
    case 'branch':
      return { ...step, cases: step.cases.map((one) => ({ ...one, when: named(one.when) })) }
    case 'delay':
      return { ...step, milliseconds: named(step.milliseconds) }
    case 'wait':
      return { ...step, until: named(step.until) }
    case 'unmodelled':
      return { ...step, part: partId(step.part), writes: [...writes].sort() }
    case 'await':
    case 'emit':
    case 'call':
      return step
  }
}

/** Actuators that nodes behind this one command. */
function outputsOf(
  context: FlowContext,
  draft: Draft,
  drafts: ReadonlyMap<string, Draft>,
  reached: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const known = reached.get(draft.node.id)
  if (known !== undefined) return known
  const found = new Set<string>()
  for (const id of reach(context, draft.node.outputs.flat())) {
    for (const step of drafts.get(id)?.steps ?? []) {
      const written = step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : []
      for (const attribute of written) if (context.attributes.get(attribute)?.role === 'actuator') found.add(attribute)
    }
  }
  reached.set(draft.node.id, found)
  return found
}
