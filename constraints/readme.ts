/** The text of `constraints/README.md`, written from the kinds themselves; a test fails where the file is stale. */
import { z } from 'zod'
import type { ConstraintKind } from './kind.ts'

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

export function catalogueText(kinds: readonly ConstraintKind[]): string {
  return `${INTRODUCTION}${kinds.map(line).join('\n')}\n`
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
