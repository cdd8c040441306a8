/** The parts of a GeneSIS model that analysis reads: components, links and containments, with their places. */
import type { Diagnostic, Location, Read } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath, type StructuredText } from '../../diagnostics/document.ts'

export type Mapping = Readonly<Record<string, unknown>>

export interface Component {
  readonly name: string
  readonly id: string
  /** `/internal/node_red`; old files have bare names. */
  readonly type: string
  readonly raw: Mapping
  readonly path: DocumentPath
  readonly at: Location
}

/** `/Component/port`; old files name the component alone. */
export interface End {
  readonly component: string
  readonly port: string | undefined
}

export interface Connection {
  readonly name: string
  readonly source: End
  readonly target: End
  readonly raw: Mapping
  readonly at: Location
}

export interface DeploymentModel {
  readonly components: readonly Component[]
  readonly links: readonly Connection[]
  readonly containments: readonly Connection[]
  /** Whether hosting is stated by containments, or by the old property `id_host`. */
  readonly hasContainments: boolean
}

export const mappingOf = (value: unknown): Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '')
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : [])

export function readDeployment(document: StructuredText): Read<DeploymentModel> {
  const diagnostics: Diagnostic[] = []
  const wrong = (code: string, message: string, path: DocumentPath): unknown =>
    diagnostics.push({ code: `formats/${code}`, severity: 'error', message, at: document.locate(path) })
  const whole = mappingOf(document.value)
  const base: DocumentPath = 'dm' in whole ? ['dm'] : []
  const model = 'dm' in whole ? mappingOf(whole['dm']) : whole
  if (!Array.isArray(model['components'])) {
    wrong(
      'genesis-shape',
      `a GeneSIS model has a list \`components\`, perhaps inside \`dm\`; here stands ${describeValue(base.length > 0 ? whole['dm'] : document.value)}`,
      base,
    )
    return { ok: false, diagnostics }
  }
  const components = listOf(model['components']).flatMap((item, index): readonly Component[] => {
    const path = [...base, 'components', index]
    const raw = mappingOf(item)
    const name = textOf(raw['name'])
    const type = textOf(raw['_type'])
    if (name === '' || type === '') {
      wrong('genesis-component', 'a component needs `name` and `_type`, both texts', path)
      return []
    }
    return [{ name, type, id: textOf(raw['id']), raw, path, at: document.locate(path) }]
  })
  const connections = (key: string): readonly Connection[] =>
    listOf(model[key]).map((item, index) => {
      const raw = mappingOf(item)
      return {
        name: textOf(raw['name']),
        source: endOf(raw['src']),
        target: endOf(raw['target']),
        raw,
        at: document.locate([...base, key, index]),
      }
    })
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  return {
    ok: true,
    value: {
      components,
      links: connections('links'),
      containments: connections('containments'),
      hasContainments: Array.isArray(model['containments']),
    },
    diagnostics,
  }
}

function endOf(written: unknown): End {
  const text = textOf(written)
  const parts = /^\/([^/]*)\/(.*)$/s.exec(text)
  return parts === null ? { component: text, port: undefined } : { component: parts[1]!, port: parts[2]! }
}
