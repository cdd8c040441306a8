/**
 * Reads a GeneSIS deployment model (`{dm, graph}` or the bare `dm`): each component that carries a Node-RED flow becomes an application named like it.
 * Flows that stand in files of their own are found beside the model by the last part of their path. Credentials are never read.
 */
import type { Diagnostic, Location, Read, Source } from '../../diagnostics/diagnostic.ts'
import type { DocumentPath, StructuredText } from '../../diagnostics/document.ts'
import { readJson } from '../../diagnostics/json.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import { flowNodesAt, readFlowNodes } from '../node-red/flow-nodes.ts'
import { behaviourOfNodes } from '../node-red/read-flow.ts'
import { checkModel } from './check-model.ts'
import { type Component, type DeploymentModel, mappingOf, readDeployment, textOf } from './deployment.ts'

/** `open` finds a file beside the model by its name. */
export function readGenesisModel(source: Source, open: (name: string) => Source | undefined): Read<readonly BehaviourPart[]> {
  const document = readJson(source)
  if (!document.ok) return document
  const deployment = readDeployment(document.value)
  if (!deployment.ok) return deployment
  const model = deployment.value
  const diagnostics: Diagnostic[] = [...deployment.diagnostics, ...checkModel(model)]
  const parts: BehaviourPart[] = []
  for (const component of model.components.filter(isNodeRed)) {
    const part = readComponent(document.value, component, open, diagnostics)
    if (part !== undefined) parts.push({ ...part, assumptions: [...part.assumptions, ...brokerHints(model, component)] })
  }
  return diagnostics.some(({ severity }) => severity === 'error') ? { ok: false, diagnostics } : { ok: true, value: parts, diagnostics }
}

const isNodeRed = ({ type }: Component): boolean => /^(\/internal\/)?node_red(_flow)?$/.test(type)

function readComponent(
  document: StructuredText,
  component: Component,
  open: (name: string) => Source | undefined,
  diagnostics: Diagnostic[],
): BehaviourPart | undefined {
  const { raw, path, name } = component
  const options = { application: name }
  const inline = Array.isArray(raw['nr_flow']) && raw['nr_flow'].length > 0
  const written = textOf(raw['path_flow']).trim()
  if (written !== '') {
    const place = document.locate([...path, 'path_flow'])
    const base = written.split(/[\\/]/).findLast((part) => part !== '') ?? written
    const found = open(base)
    const warn = (code: string, message: string): unknown =>
      diagnostics.push({ code: `formats/${code}`, severity: 'warning', message, at: place })
    if (found !== undefined) {
      if (base !== written)
        warn('foreign-path', `the flow of \`${name}\` is written as a path of another machine; \`${base}\` beside the model is taken`)
      const nodes = readFlowNodes(found)
      diagnostics.push(...nodes.diagnostics)
      return nodes.ok ? finished(behaviourOfNodes(nodes.value, options), diagnostics) : undefined
    }
    warn(
      'missing-flow',
      `the flow \`${base}\` of \`${name}\` is not beside the model${inline ? '; the one written in the model is taken' : ''}`,
    )
    if (!inline) return unreadable(component, place, `its flow \`${base}\` is not there`)
  }
  if (!inline) return undefined
  const at: DocumentPath = [...path, 'nr_flow']
  const nodes = flowNodesAt(document, at, raw['nr_flow'])
  diagnostics.push(...nodes.diagnostics)
  return nodes.ok ? finished(behaviourOfNodes(nodes.value, options), diagnostics) : undefined
}

function finished(part: Read<BehaviourPart>, diagnostics: Diagnostic[]): BehaviourPart | undefined {
  diagnostics.push(...part.diagnostics)
  return part.ok ? part.value : undefined
}

/** An application of which nothing is known but that it runs: listed, so that nobody takes it for one that does nothing. */
function unreadable({ name }: Component, at: Location, why: string): BehaviourPart {
  const id = `${name}/flow`
  const part = `${id} | flow`
  return {
    application: {
      id: name,
      automations: [
        {
          id,
          name,
          application: name,
          platform: 'node-red',
          mode: { run: 'parallel', max: 1_000_000 },
          triggers: [{ on: 'unmodelled', part, at }],
          guard: { is: 'value', value: true },
          entry: ['flow'],
          steps: [{ id: 'flow', at, next: [], do: 'unmodelled', part, writes: [] }],
          at,
        },
      ],
      unmodelled: [{ id: part, automation: id, at, why, writes: [], declared: false }],
      dangling: [{ id: `${id} -> file`, automation: id, at, text: `\`${name}\`: ${why}` }],
    },
    attributes: [],
    exclusions: [],
    assumptions: [],
  }
}

/** At which addresses others reach a broker that the component embeds: what an alias file would say of brokers. */
function brokerHints(model: DeploymentModel, component: Component): readonly string[] {
  const bindings = mappingOf(mappingOf(component.raw['docker_resource'])['port_bindings'])
  const host = model.containments.find(({ target }) => target.component === component.name)?.source.component
  const address = model.components.find(({ name }) => name === host)
  if (host === undefined || address === undefined) return []
  const at = textOf(address.raw['ip']) || host
  return Object.entries(bindings)
    .filter(([, inside]) => textOf(inside) === '1883')
    .map(
      ([outside]) =>
        `\`${component.name}\` runs on \`${host}\`: a broker inside it is reached from outside at ${at}:${outside}; whether another is the same one, the alias file says`,
    )
}
