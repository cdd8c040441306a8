// The conflict graph in the language of Graphviz: a cluster for each application, actuators as boxes, edges coloured by verdict.
import type { ConflictGraph } from './conflict-graph.ts'

const colours = { conflict: '#c62828', possible: '#b26a00', unknown: '#6b7480', proved: '#2e7d32' } as const

/** A whole DOT document. */
export const graphDot = (graph: ConflictGraph): string => {
  const lines = ['graph conflicts {', '  rankdir=LR', '  node [fontname="sans-serif", fontsize=11]']
  const applications = [...new Set(graph.rules.map(({ application }) => application))]
  applications.forEach((application, index) => {
    lines.push(`  subgraph cluster_${index} {`, `    label=${quoted(application)}`)
    for (const rule of graph.rules)
      if (rule.application === application) lines.push(`    ${quoted(`rule ${rule.id}`)} [label=${quoted(rule.label)}, shape=ellipse]`)
    lines.push('  }')
  })
  for (const actuator of graph.actuators) lines.push(`  ${quoted(`actuator ${actuator}`)} [label=${quoted(actuator)}, shape=box]`)
  for (const { rule, actuator, verdict, kinds } of graph.edges)
    lines.push(
      `  ${quoted(`rule ${rule}`)} -- ${quoted(`actuator ${actuator}`)} [color="${colours[verdict]}", label=${quoted(kinds.join(' '))}]`,
    )
  return [...lines, '}', ''].join('\n')
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
