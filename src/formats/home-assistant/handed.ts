/** What callers hand to scripts: the fields that a script that waits takes by helpers, and every constant that these can hold. */
import type { Value } from '../../model/automation.ts'
import type { Handed, Home } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { entriesOf, field, isTemplate, mapNodes, textOf, textsIn, textsOf, type YamlNode } from './tree.ts'
import { constantValue } from './variables.ts'

/** The tree of an automation, or of the script of that name. */
export interface Body {
  readonly body: YamlNode
  readonly script?: string
}

/** Fields that the documents give to each script, with what each call gives. */
export function handedToScripts(bodies: readonly Body[]): Home['handed'] {
  const found = new Map<string, Map<string, Handed[]>>()
  for (const { body, script: by } of bodies) {
    const add = (script: string, given: YamlNode | undefined): void => {
      const known = found.get(script) ?? new Map<string, Handed[]>()
      for (const { key, node } of entriesOf(given)) if (key !== 'entity_id') known.set(key, [...(known.get(key) ?? []), { node, by }])
      found.set(script, known)
    }
    mapNodes(body, (node) => {
      const service = textOf(field(node, 'action', 'service', 'service_template')) ?? ''
      const data = [field(node, 'data'), field(node, 'data_template')]
      const direct = /^script\.(\w+)$/.exec(service)?.[1]
      if (direct !== undefined && !['turn_on', 'turn_off', 'toggle'].includes(direct)) for (const one of data) add(direct, one)
      if (service === 'script.turn_on')
        for (const text of textsOf(field(node, 'entity_id') ?? field(field(node, 'target'), 'entity_id') ?? field(data[0], 'entity_id')))
          if (!isTemplate(text)) for (const one of data) add(text.replace(/^script\./, ''), field(one, 'variables'))
      return undefined
    })
  }
  return found
}

/** A constant as a helper holds it: lists and mappings as their JSON texts. */
export function heldConstant(of: TemplateValue): Value | undefined {
  if (of.is === 'expression') return of.expression.is === 'value' ? of.expression.value : undefined
  const plain = plainConstant(of)
  return plain === undefined ? undefined : JSON.stringify(plain)
}

function plainConstant(of: TemplateValue): unknown {
  switch (of.is) {
    case 'expression':
      return of.expression.is === 'value' ? of.expression.value : undefined
    case 'list': {
      const items = of.items.map(plainConstant)
      return items.includes(undefined) ? undefined : items
    }
    case 'mapping': {
      const entries = [...of.entries].map(([key, part]) => [key, plainConstant(part)] as const)
      return of.open !== undefined || entries.some(([, part]) => part === undefined) ? undefined : Object.fromEntries(entries)
    }
    case 'state':
    case 'undefined':
    case 'unknown':
    case 'choice':
      return undefined
  }
}

/** The constants that a field of a script is given, by any caller, or handed on by one that has it as a field itself; `all`: nothing else is. */
export function constantsHanded(
  home: Home,
  script: string,
  name: string,
): { readonly constants: readonly TemplateValue[]; readonly all: boolean } {
  const found = new Map<string, TemplateValue>()
  const seen = new Set<string>()
  let all = true
  const visit = (key: string, of: string): void => {
    if (seen.has(`${key} ${of}`)) return
    seen.add(`${key} ${of}`)
    for (const { node, by } of home.handed.get(key)?.get(of) ?? []) {
      if (!textsIn(node).some(isTemplate)) {
        const constant = constantValue(node)
        const held = heldConstant(constant)
        if (held === undefined) all = false
        else found.set(JSON.stringify(held), constant)
        continue
      }
      const on = /^\{\{\s*(\w+)\s*\}\}$/.exec(textOf(node)?.trim() ?? '')?.[1]
      if (on === undefined || by === undefined || !home.handed.get(by)?.has(on)) all = false
      else visit(by, on)
    }
  }
  visit(script, name)
  return { constants: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one), all }
}
