/** The text of `constraints/README.md`, written from the kinds themselves; a test fails where the file is stale. */
import { z } from 'zod'
import type { EffectCatalogue, SafetyTemplate } from '../src/model/environment.ts'
import type { ConstraintKind } from './kind.ts'
import type { ConflictKind } from './reaction.ts'

const INTRODUCTION = `# The catalogue of constraints

One file a kind: a sentence, its parameters, the linear rows that hold iff it holds, its violation as a term (the reference meaning), and its reason in the
words of the fleet's owner. \`placement.ts\` lists them in order; nothing else knows which kinds there are. \`examples/\` has the smallest fleets that each
kind accepts and rejects, with what is to come out.

Every use is hard, or \`soft\` with a weight: per unit of its violation, or all or nothing (\`per: whole\`). With
\`do_not_worsen: true\` no group is violated by more than today's state violates it, and what is left is made as small as can be before anything else.

This page is written from the kinds (\`FLEETPROOF_REWRITE=1 npx vitest run test/catalogue\`).

## Placement

| kind | says | parameters | hard or soft |
|---|---|---|---|
`

interface Described {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>
  readonly required?: readonly string[]
}

/** What stands in the catalogue besides kinds of constraints. */
export interface FurtherCatalogue {
  readonly conflicts: readonly ConflictKind[]
  readonly effects: EffectCatalogue
  readonly safety: readonly SafetyTemplate[]
  /** The example models of conflict kinds, by the kind's name. */
  readonly examples: ReadonlyMap<string, ConflictExamples>
}

export interface ExampleFile {
  readonly name: string
  readonly text: string
}

/** The smallest model that shows a conflict, its repaired twin, near misses, and one that real files show. */
export interface ConflictExamples {
  readonly conflict: ExampleFile
  readonly repaired: ExampleFile
  readonly near: readonly ExampleFile[]
  readonly found: FoundConflict | undefined
}

/** A finding in public files: `lines` are what stands at `places` (`path:line` within the repository). */
export interface FoundConflict {
  readonly repository: string
  readonly licence: string
  readonly says: string
  readonly places: readonly { readonly at: string; readonly line: string }[]
}

export function catalogueText(kinds: readonly ConstraintKind[], further: FurtherCatalogue): string {
  return [
    `${INTRODUCTION}${kinds.map(line).join('\n')}`,
    conflictsText(further.conflicts),
    effectsText(further.effects),
    safetyText(further.safety),
    examplesText(further.conflicts, further.examples),
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

function conflictsText(kinds: readonly ConflictKind[]): string {
  const rows = kinds.map(({ id, number, says, shownBy }) => {
    const name = id.slice('conflict/'.length)
    return `| ${number} | [\`${name}\`](conflict/${name}.ts) | ${cell(says)} | a ${shownBy} | [examples](examples/${name}) |`
  })
  return `## Conflict\n\n| | kind | holds when | shown by | |\n|---|---|---|---|---|\n${rows.join('\n')}`
}

function effectsText({ properties, classes }: EffectCatalogue): string {
  const units = new Map(properties.map(({ id, unit }) => [id, unit]))
  const rows = classes
    .filter(({ effects }) => effects.length > 0)
    .map(({ id, says, effects }) => {
      const does = effects.map(
        ({ property, direction, rate }) => `${property} ${direction}, ${rate.low} to ${rate.high} ${units.get(property) ?? ''}/h`,
      )
      return `| \`${id}\` | ${cell(says)} | ${cell(does.join('; '))} |`
    })
  const others = classes.filter(({ effects }) => effects.length === 0).map(({ id }) => `\`${id}\``)
  return `## Effects\n\nWhat things of a class do to the place where they stand ([\`effects/default.yaml\`](effects/default.yaml), with the source of each rate).\n\n| class | what it is | what it does |\n|---|---|---|\n${rows.join('\n')}\n\nClasses without effects, of which safety properties speak: ${others.join(', ')}.`
}

function safetyText(templates: readonly SafetyTemplate[]): string {
  const rows = templates.map(
    ({ id, says, form, hazard, source }) => `| \`${id}\` | ${form} | ${cell(says)} | ${cell(hazard)} | ${cell(source)} |`,
  )
  return `## Safety properties\n\nAsked for with \`--properties\` ([\`properties/default.yaml\`](properties/default.yaml)).\n\n| property | form | says | hazard | source of the idea |\n|---|---|---|---|---|\n${rows.join('\n')}`
}

function examplesText(kinds: readonly ConflictKind[], examples: FurtherCatalogue['examples']): string {
  const sections = kinds.flatMap(({ id, number, says }) => {
    const name = id.slice('conflict/'.length)
    const of = examples.get(name)
    if (of === undefined) return []
    const near = of.near.map((one) => folded(`near miss: ${one.name}`, one)).join('\n\n')
    return [
      `### ${number} ${name}\n\n${says}\n\n${fenced(of.conflict)}\n\n${folded('repaired', of.repaired)}\n\n${near}\n\n${foundText(of.found)}`,
    ]
  })
  return `## Examples of conflicts\n\nThe smallest model that shows each kind; folded below it its repaired twin and models that are almost it and show nothing.\n\n${sections.join('\n\n')}`
}

const fenced = ({ name, text }: ExampleFile): string => `\`\`\`${name.endsWith('.json') ? 'json' : 'yaml'}\n${text.trimEnd()}\n\`\`\``

const folded = (title: string, file: ExampleFile): string => `<details><summary>${title}</summary>\n\n${fenced(file)}\n\n</details>`

function foundText(found: FoundConflict | undefined): string {
  if (found === undefined) return 'Found in no home or flow that was checked.'
  const places = found.places.map(({ at, line: written }) => `- \`${at}\`: \`${written}\``)
  return `Found in ${found.repository} (${found.licence}): ${found.says}\n\n${places.join('\n')}`
}

function line(kind: ConstraintKind): string {
  const name = kind.id.slice('placement/'.length)
  const policies = kind.implicit === undefined ? kind.policies.join(', ') : 'always hard'
  return `| [\`${name.replaceAll('-', '_')}\`](placement/${name}.ts) | ${kind.says} | ${kind.implicit ?? parametersText(kind)} | ${policies} |`
}

function parametersText({ parameters }: ConstraintKind): string {
  const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' }) as Described
  return Object.entries(properties)
    .map(([name, { description }]) => {
      const text = `\`${name}\`${required.includes(name) ? ' (needed)' : ''}`
      return description === undefined ? text : `${text}: ${description.replaceAll('|', '\\|')}`
    })
    .join('; ')
}
