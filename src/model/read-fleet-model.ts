/** Reads the model that a user writes (YAML or JSON); everything wrong in it is said at once, each with its place. */
import { allPlaces, describeValue } from '../diagnostics/document.ts'
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { readYaml } from '../diagnostics/yaml.ts'
import type { FleetModel } from './fleet-model.ts'
import { modelShape } from './fleet-model-schema.ts'
import { readAdvisories } from './read-advisories.ts'
import { readConstraints } from './read-constraints.ts'
import { readCurrent, readDevices, readLeave } from './read-devices.ts'
import { readLinks, undeclaredLinks } from './read-links.ts'
import { readObjectives } from './read-objectives.ts'
import { type Dimensions, readUses, readVariants } from './read-variants.ts'
import { readVocabulary } from './read-vocabulary.ts'
import { isMapping, type Reading, say, shaped } from './reading.ts'
import { type Edit, editDocument } from './what-if.ts'

/** The version of the format that this reader understands. */
export const FORMAT = 1

/** `edits`: changes to what the text says, tried without writing them. */
export function readFleetModel(source: Source, edits: readonly Edit[] = []): Read<FleetModel> {
  const asked = readYaml(source)
  if (!asked.ok) return asked
  const text = edits.length === 0 ? asked : editDocument(asked.value, edits)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const model = isFleetModel(reading) ? readParts(reading, source.name) : undefined
  const { diagnostics } = reading
  if (model === undefined || diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: model, diagnostics }
}

/** Whether the text says that it is a model of a format that can be read here. */
function isFleetModel(reading: Reading): boolean {
  const { value } = reading.document
  const begin = { hint: 'maybe begin with `fleetproof: 1`' }
  if (!isMapping(value)) {
    say(
      reading,
      [],
      'no-model',
      value === null ? 'the model is empty' : `a model is a mapping of \`fleetproof\`, \`variants\` and more, not ${describeValue(value)}`,
      begin,
    )
    return false
  }
  const format = value['fleetproof']
  if (format === FORMAT) return true
  if (format === undefined) say(reading, [], 'no-format', '`fleetproof`, the version of the format, is missing', begin)
  else if (typeof format === 'number' && Number.isInteger(format) && format > FORMAT) {
    say(reading, ['fleetproof'], 'newer-format', `the model is written in format ${format}, this program reads format ${FORMAT}`, {
      hint: 'maybe update fleetproof',
    })
  } else
    say(reading, ['fleetproof'], 'bad-format', `\`fleetproof\` must be ${FORMAT}, the version of the format, not ${describeValue(format)}`)
  return false
}

function readParts(reading: Reading, source: string): FleetModel | undefined {
  const shape = shaped(reading, modelShape, reading.document.value, [])
  if (shape === undefined) return undefined
  const dimensions: Dimensions = new Map()
  const vocabulary = readVocabulary(reading, shape.context ?? {})
  const variants = readVariants(reading, shape.variants, dimensions)
  const declared = readLinks(reading, shape.links ?? {})
  const devices = readDevices(reading, shape.devices, vocabulary.attributes, vocabulary.joins)
  const current = readCurrent(reading, shape.current, variants)
  const leave = readLeave(reading, shape.leave)
  const unmanagedUses = readUses(reading, shape.unmanaged?.uses ?? {}, ['unmanaged', 'uses'], dimensions)
  const constraints = readConstraints(reading, shape.constraints ?? [])
  const links = [...declared, ...undeclaredLinks(constraints, declared)]
  const resources = Object.fromEntries(Array.from(dimensions, ([resource, { dimension }]) => [resource, dimension]))
  const advisories = readAdvisories(reading, shape.advisories)
  const objectives = readObjectives(reading, shape.objectives)
  if (
    constraints.some((use) => use.policy.is === 'soft') &&
    objectives.length > 0 &&
    !objectives.some(({ is }) => is === 'soft' || is === 'score')
  ) {
    say(
      reading,
      ['objectives'],
      'soft-unused',
      'there are soft constraints, but `soft` is not among the objectives, so they count for nothing',
      { severity: 'warning' },
    )
  }
  if (devices === undefined) return undefined
  return {
    format: FORMAT,
    source,
    vocabulary: vocabulary.attributes,
    joins: vocabulary.joins,
    ...(links.length === 0 ? {} : { links }),
    resources,
    devices,
    ...(current === undefined ? {} : { current }),
    ...leave,
    unmanagedUses,
    variants,
    constraints,
    ...(advisories === undefined ? {} : { advisories }),
    objectives,
    places: allPlaces(reading.document),
  }
}
