// The conflict graph as a picture of its own (SVG), readable in light and dark, with every node named in full for screen readers and pointers.
import type { Finding } from '../model/conflict.ts'
import type { ConflictGraph, GraphEdge } from './conflict-graph.ts'
import { layOut } from './graph-layout.ts'
import { escapeMarkup } from './markup.ts'

const ROW = 26
const TOP = 44
const WIDTH = 980
const LEFT = 380
const RIGHT = 660
const LONGEST = 44

export interface SvgOptions {
  /** Makes edges lead to the entry of their finding in the same document. */
  readonly links: boolean
}

const classes: Readonly<Record<Finding['verdict'], string>> = {
  conflict: 'conflict',
  possible: 'possible',
  unknown: 'unknown',
  proved: 'proved',
}

const style = `
.graph text{font:12px system-ui,sans-serif;fill:#1c2430}
.graph .head{font-weight:600;fill:#5b6675}
.graph .node{fill:#eef2f7;stroke:#9aa7b8}
.graph .edge{fill:none;stroke-width:1.6}
.graph .conflict{stroke:#c62828}.graph .possible{stroke:#b26a00;stroke-dasharray:6 3}.graph .unknown{stroke:#6b7480;stroke-dasharray:2 3}.graph .proved{stroke:#2e7d32}
.graph a:hover .edge,.graph a:focus .edge{stroke-width:4}
@media(prefers-color-scheme:dark){.graph text{fill:#e6ebf2}.graph .head{fill:#a9b4c2}.graph .node{fill:#243040;stroke:#5a6a7e}.graph .conflict{stroke:#ff6b6b}.graph .possible{stroke:#ffb74d}.graph .unknown{stroke:#9aa7b8}}
`

/** A whole SVG document; of a graph without edges, a sentence. */
export const graphSvg = (graph: ConflictGraph, options: SvgOptions = { links: false }): string => {
  if (graph.edges.length === 0)
    return document(80, 'no conflict to draw', `<text x="20" y="44">no two rules were found to fight over an actuator</text>`)
  const { rules, actuators } = layOut(graph)
  const height = TOP + Math.max(rules.length, actuators.length) * ROW + 20
  const y = (count: number, index: number): number => TOP + ((index + 0.5) * (height - TOP - 20)) / count
  const ruleY = new Map(rules.map((id, index) => [id, y(rules.length, index)]))
  const actuatorY = new Map(actuators.map((id, index) => [id, y(actuators.length, index)]))
  const named = new Map(graph.rules.map((rule) => [rule.id, rule]))
  const edges = graph.edges.map((edge) => edgeMarkup(edge, ruleY.get(edge.rule)!, actuatorY.get(edge.actuator)!, options))
  const several = new Set(graph.rules.map(({ application }) => application)).size > 1
  const left = rules.map((id) => {
    const rule = named.get(id)!
    return node(LEFT, ruleY.get(id)!, several ? `${rule.application} · ${rule.label}` : rule.label, id, 'end')
  })
  const right = actuators.map((id) => node(RIGHT, actuatorY.get(id)!, id, id, 'start'))
  const heads = `<text class="head" x="${LEFT}" y="24" text-anchor="end">automations</text><text class="head" x="${RIGHT}" y="24">actuators</text>`
  return document(
    height,
    `${rules.length} automations and ${actuators.length} actuators that they fight over`,
    [heads, ...edges, ...left, ...right].join('\n'),
  )
}

const document = (height: number, title: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="${escapeMarkup(title)}">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
${body}
</svg>
`

const edgeMarkup = (edge: GraphEdge, from: number, to: number, { links }: SvgOptions): string => {
  const middle = (LEFT + RIGHT) / 2
  const path = `<path class="edge ${classes[edge.verdict]}" d="M${LEFT + 8} ${from.toFixed(1)}C${middle} ${from.toFixed(1)} ${middle} ${to.toFixed(1)} ${RIGHT - 8} ${to.toFixed(1)}"><title>${escapeMarkup(`${edge.verdict} ${edge.kinds.join(', ')}: ${edge.rule} and ${edge.actuator}`)}</title></path>`
  return links ? `<a href="#f-${escapeMarkup(edge.findings[0]!)}">${path}</a>` : path
}

const node = (x: number, y: number, label: string, full: string, anchor: 'start' | 'end'): string => {
  // Names that are long mostly begin alike.
  const shown = label.length > LONGEST ? `…${label.slice(1 - LONGEST)}` : label
  const shift = anchor === 'end' ? -14 : 14
  return `<g><title>${escapeMarkup(full)}</title><circle class="node" cx="${x}" cy="${y.toFixed(1)}" r="6"/><text x="${x + shift}" y="${(y + 4).toFixed(1)}" text-anchor="${anchor}">${escapeMarkup(shown)}</text></g>`
}
