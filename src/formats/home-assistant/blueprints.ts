/** Blueprints put into what uses them. From documentation: docs/blueprint/schema, docs/automation/using_blueprints. */
import type { Home } from './home.ts'
import { entriesOf, field, mapNodes, type MapEntry, textOf, type YamlNode } from './tree.ts'

export type FromBlueprint =
  | { readonly is: 'made'; readonly node: YamlNode }
  | { readonly is: 'missing'; readonly why: string; readonly path: string; readonly surely: boolean }

/** The document that a use of a blueprint stands for: its own keys, over those of the blueprint with its inputs in their places. */
export function blueprintOf(home: Pick<Home, 'blueprints'>, domain: 'automation' | 'script', node: YamlNode): FromBlueprint {
  const use = field(node, 'use_blueprint')
  const path = textOf(field(use, 'path')) ?? ''
  const blueprint = home.blueprints.get(`blueprints/${domain}/${path}`)
  if (blueprint === undefined)
    return { is: 'missing', why: `the blueprint \`${path}\` is not among the files`, path, surely: !path.startsWith('homeassistant/') }
  const inputs = new Map(declared(field(field(blueprint, 'blueprint'), 'input')))
  for (const { key, node: given } of entriesOf(field(use, 'input', 'inputs'))) inputs.set(key, given)
  const missing: string[] = []
  const filled = mapNodes(blueprint, (one) => {
    if (one.is !== 'tagged' || one.tag !== '!input') return undefined
    const name = textOf(one.node) ?? ''
    const given = inputs.get(name)
    if (given !== undefined) return given
    missing.push(name)
    return { is: 'scalar', value: null, text: '', plain: true, at: one.at }
  })
  if (missing.length > 0)
    return { is: 'missing', why: `the blueprint \`${path}\` needs \`${missing[0]!}\`, which is not given`, path, surely: false }
  const own = entriesOf(node).filter(({ key }) => key !== 'use_blueprint')
  const theirs = entriesOf(filled).filter(({ key }) => key !== 'blueprint' && !own.some((one) => one.key === key))
  return { is: 'made', node: { is: 'map', entries: [...own, ...theirs], at: node.at } }
}

/** Inputs with defaults, those in sections too. */
function declared(node: YamlNode | undefined): readonly (readonly [string, YamlNode])[] {
  return entriesOf(node).flatMap(({ key, node: one }: MapEntry): readonly (readonly [string, YamlNode])[] => {
    const section = field(one, 'input')
    if (section !== undefined) return declared(section)
    const given = field(one, 'default')
    return given === undefined ? [] : [[key, given]]
  })
}
