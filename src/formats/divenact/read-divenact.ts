/** Reads DivEnact's input (YAML or JSON): its devices, its plans as variants, its weighted rules as soft uses of the ordinary kinds, one weighted sum. */
import type { Diagnostic, Location, Read, Source } from '../../diagnostics/diagnostic.ts'
import { pointer, type StructuredText } from '../../diagnostics/document.ts'
import { readShape } from '../../diagnostics/shape.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { Attribute, ConstraintUse, FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { variantProblem } from '../../model/names.ts'
import { readInlineFleet } from '../inline/read-fleet.ts'
import { ACCELERATORS, type DivenactDocument, documentShape, ENVIRONMENTS, NETWORKS, POWER_SOURCES } from './document-shape.ts'
import { planVariant } from './plan-variant.ts'

/** Points of DivEnact's soft rules. */
const ASSIGNED = 200
const DIFFERENT_STAGING = 50
const DEVELOPMENT_USED = 30
const PREVIEW_SHARE = 40
const DIVERSITY = 20

export function readDivenact(source: Source): Read<{ readonly model: FleetModel; readonly fleet: Fleet }> {
  const text = readYaml(source)
  if (!text.ok) return text
  const shape = readShape(documentShape, text.value.value, text.value, [])
  if (!shape.ok) return shape
  const wrong = Object.keys(shape.value.deployments).flatMap((id): readonly Diagnostic[] => {
    const problem = variantProblem(id)
    const at = text.value.locateKey(['deployments', id])
    return problem === undefined
      ? []
      : [{ code: 'model/bad-name', severity: 'error', message: `the plan ${JSON.stringify(id)} ${problem}`, at }]
  })
  if (wrong.length > 0) return { ok: false, diagnostics: wrong }
  if (Object.keys(shape.value.deployments).length === 0) {
    const at = text.value.locate(['deployments'])
    return { ok: false, diagnostics: [{ code: 'model/empty', severity: 'error', message: '`deployments` holds no plan', at }] }
  }
  const model = modelOf(source.name, shape.value, text.value)
  const fleet = readInlineFleet(model, new Map())
  if (!fleet.ok) return fleet
  return { ok: true, value: { model, fleet: fleet.value }, diagnostics: fleet.diagnostics }
}

/** Whether a text is a document of DivEnact rather than a model of ours: it has `deployments` and `devices` and no `fleetproof`. */
export function looksLikeDivenact(source: Source): boolean {
  const has = (name: string): boolean => new RegExp(String.raw`(?:^\ufeff?\s*|[{,]\s*)["']?${name}["']?\s*:`, 'm').test(source.text)
  return has('deployments') && has('devices') && !has('fleetproof')
}

function modelOf(source: string, { deployments, devices }: DivenactDocument, text: StructuredText): FleetModel {
  const at = (...path: readonly string[]): Location => text.locateKey(path)
  const values = { env: ENVIRONMENTS, dv_acc: ACCELERATORS, network: NETWORKS, powersource: POWER_SOURCES }
  const vocabulary = Object.entries(values).map(([name, list]): Attribute => ({
    name,
    type: { is: 'enum', values: list },
    at: at('devices'),
  }))
  const ids = Object.keys(devices)
  const places = new Map<string, Location>()
  ids.forEach((id, index) => {
    places.set(pointer(['devices', index]), at('devices', id))
    for (const name of Object.keys(values)) places.set(pointer(['devices', index, name]), text.locate(['devices', id, name]))
  })
  return {
    format: 1,
    source,
    vocabulary,
    joins: [],
    devices: { is: 'inline', rows: ids.map((id) => ({ ...devices[id]!, id })) },
    unmanagedUses: {},
    variants: Object.entries(deployments).map(([id, plan]) => planVariant(id, plan, at('deployments', id))),
    constraints: softRules({ deployments, devices }, at),
    objectives: [{ is: 'score', assigned: ASSIGNED, preference: 0, changes: 0 }],
    places,
  }
}

function softRules({ deployments, devices }: DivenactDocument, at: (...path: readonly string[]) => Location): readonly ConstraintUse[] {
  const plans = Object.entries(deployments)
  const size = Object.keys(devices).length
  const production = Object.values(devices).filter((device) => device.env === 'production').length
  const use = (kind: string, name: string, weight: number, parameters: unknown, where: Location): Omit<ConstraintUse, 'index'> => ({
    kind: `placement/${kind}`,
    name,
    parameters,
    policy: { is: 'soft', weight, level: 1, per: 'whole' },
    at: where,
  })
  const uses = [
    use('distinct', 'all staging devices different', DIFFERENT_STAGING, { of: 'device.env == "staging"' }, at('devices')),
    ...plans
      .filter(([, plan]) => plan.vsn === 'development')
      .map(([id]) =>
        use('each-used', `development plan ${id} on some device`, DEVELOPMENT_USED, { variants: [id] }, at('deployments', id)),
      ),
    // Without production devices the share of a preview plan is one of none: it is never met, and never paid.
    ...plans
      .filter(([, plan]) => plan.vsn === 'preview' && production > 0)
      .map(([id]) => {
        const exact = Math.floor(production / 5) + 1
        const parameters = { variant: id, of: 'device.env == "production"', exact }
        return use('quota', `preview plan ${id} on ${exact} production devices`, PREVIEW_SHARE, parameters, at('deployments', id))
      }),
    ...plans.map(([id]) => {
      const more = Math.floor((3 * size) / (4 * plans.length))
      return use('diversity', `plan ${id} on more than ${more} devices`, DIVERSITY, { variant: id, more_than: more }, at('deployments', id))
    }),
  ]
  return uses.map((each, index) => ({ index, ...each }))
}
