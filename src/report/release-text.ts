// A release as text for people: its name, what it holds, who signed it.
import type { Release, ReleaseDocument, Signed } from '../model/release.ts'
import { counted, grouped } from './numbers.ts'
import { alignColumns } from './table.ts'

/** Ends with a line feed. */
export function releaseText({ hash, content }: Release, signed?: Signed<ReleaseDocument>): string {
  const { assignment, artefacts, conflicts, components, stages } = content
  const counts = Object.entries(assignment.counts).filter(([, count]) => count > 0)
  const named = Object.entries(components).map(([name, { version }]) => `${name} ${version}`)
  return `${[
    `release ${hash}`,
    ...(signed === undefined
      ? ['  not signed']
      : [
          `  number ${signed.signed.version} for ${signed.signed.fleet} until ${signed.signed.expires} · ${counted(signed.signatures.length, 'signature')}`,
        ]),
    '',
    ...alignColumns(counts.map(([name, count]) => [name, grouped(count)])),
    '',
    `  ${counted(assignment.devices.count, 'device')} · ${assignment.optimal ? 'optimal' : 'feasible, not proved optimal'} · ${assignment.levels.map(({ name, value }) => `${name} ${grouped(value)}`).join(' · ')}`,
    `  ${counted(content.variants.length, 'variant')} · ${counted(Object.keys(artefacts).length, 'artefact')} · ${counted(Object.keys(content.inputs).length, 'input')}`,
    ...(conflicts === undefined
      ? []
      : [
          `  conflicts: ${Object.entries(conflicts.summary)
            .map(([verdict, count]) => `${grouped(count)} ${verdict}`)
            .join(', ')}`,
        ]),
    ...(named.length === 0 ? [] : [`  components: ${named.join(', ')}`]),
    ...(stages.length === 0 ? [] : [`  stages: ${stages.map(({ name }) => name).join(' -> ')}`]),
  ].join('\n')}\n`
}
