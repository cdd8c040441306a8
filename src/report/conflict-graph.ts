// Who commands what, and where that goes wrong: the graph behind the picture of a conflict report.
import type { Finding } from '../model/conflict.ts'
import type { RankedFinding } from '../explain/rank-findings.ts'

export interface GraphRule {
  readonly id: string
  /** Application that it belongs to. */
  readonly application: string
  /** What is left of the id without its application. */
  readonly label: string
}

export interface GraphEdge {
  readonly rule: string
  readonly actuator: string
  readonly verdict: Finding['verdict']
  /** Fingerprints of the entries that it stands for, the strongest first. */
  readonly findings: readonly string[]
  readonly kinds: readonly string[]
}

export interface ConflictGraph {
  readonly rules: readonly GraphRule[]
  readonly actuators: readonly string[]
  readonly edges: readonly GraphEdge[]
}

const rank = { conflict: 0, possible: 1, unknown: 2, proved: 3 } as const

/** An edge from every rule of an entry to the actuators that it is about; findings about rules alone make no edge. */
export const conflictGraph = (entries: readonly RankedFinding[], applications: readonly string[]): ConflictGraph => {
  const edges = new Map<string, { rule: string; actuator: string; verdict: Finding['verdict']; findings: string[]; kinds: string[] }>()
  for (const { finding: leading, also } of entries)
    for (const finding of [leading, ...also]) {
      if (finding.actuator === undefined) continue
      for (const rule of finding.rules) {
        const key = `${rule}\u0000${finding.actuator}`
        const edge = edges.get(key) ?? { rule, actuator: finding.actuator, verdict: finding.verdict, findings: [], kinds: [] }
        if (rank[finding.verdict] < rank[edge.verdict]) edge.verdict = finding.verdict
        if (!edge.findings.includes(leading.fingerprint)) edge.findings.push(leading.fingerprint)
        if (!edge.kinds.includes(finding.id)) edge.kinds.push(finding.id)
        edges.set(key, edge)
      }
    }
  const list = [...edges.values()].sort((a, b) => (a.rule === b.rule ? order(a.actuator, b.actuator) : order(a.rule, b.rule)))
  const ruleIds = [...new Set(list.map(({ rule }) => rule))].sort(order)
  return {
    rules: ruleIds.map((id) => {
      const application = applications.find((name) => id.startsWith(`${name}/`)) ?? id.split('/')[0]!
      return { id, application, label: id.startsWith(`${application}/`) ? id.slice(application.length + 1) : id }
    }),
    actuators: [...new Set(list.map(({ actuator }) => actuator))].sort(order),
    edges: list,
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
