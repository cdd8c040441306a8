// A conflict report as one HTML file that needs nothing else: figures, the picture of the conflicts, each finding with its run and its source lines.
import type { Source } from '../diagnostics/diagnostic.ts'
import type { RankedFinding } from '../explain/rank-findings.ts'
import type { ConflictReport, Finding } from '../model/conflict.ts'
import { conflictGraph } from './conflict-graph.ts'
import { graphSvg } from './graph-svg.ts'
import { htmlStyle } from './html-style.ts'
import { escapeMarkup as escaped } from './markup.ts'
import { counted, grouped } from './numbers.ts'
import { sourceLines } from './source-lines.ts'
import { placeText, traceRows } from './trace-rows.ts'

type Checked = Extract<ConflictReport, { readonly status: 'checked' }>

export interface HtmlOptions {
  /** What was checked, in the caller's words. */
  readonly title: string
  readonly version: string
  readonly sources: readonly Source[]
}

/** The whole document; `entries` are the findings to show, in their order. */
export const conflictsHtml = (report: Checked, entries: readonly RankedFinding[], options: HtmlOptions): string => {
  const lineOf = sourceLines(options.sources)
  const graph = conflictGraph(
    entries,
    report.applications.map(({ id }) => id),
  )
  const body = [
    `<header><h1>${escaped(options.title)}</h1><p class="soft">conflict check by fleetproof ${escaped(options.version)}</p>${sums(report)}</header>`,
    '<main>',
    applications(report),
    `<section aria-labelledby="picture"><h2 id="picture">Who fights over what</h2><div class="picture">${graphSvg(graph, { links: true })}</div></section>`,
    `<section aria-labelledby="findings"><h2 id="findings">${counted(entries.length, 'finding')}</h2>`,
    ...(entries.length === 0 ? ['<p>Nothing to show.</p>'] : entries.map((entry) => article(entry, lineOf))),
    '</section>',
    unmodelled(report),
    report.assumptions.length === 0
      ? ''
      : `<section aria-labelledby="assumed"><h2 id="assumed">Taken for granted</h2><ul>${report.assumptions.map((text) => `<li>${marked(text)}</li>`).join('')}</ul></section>`,
    '</main>',
  ]
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><title>${escaped(options.title)}</title><style>${htmlStyle}</style></head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body>
</html>
`
}

const sums = ({ summary }: Checked): string =>
  `<ul class="sums">${(['conflict', 'possible', 'unknown', 'proved'] as const)
    .map((verdict) => `<li><b class="${verdict}-ink">${grouped(summary[verdict])}</b>${verdict}</li>`)
    .join('')}</ul>`

const applications = (report: Checked): string =>
  `<section aria-labelledby="read"><h2 id="read">What was read</h2><table><thead><tr><th scope="col">application</th><th scope="col" class="number">automations</th><th scope="col" class="number">modelled exactly</th></tr></thead><tbody>${report.applications
    .map(
      ({ id, automations, modelledExactly }) =>
        `<tr><td>${escaped(id)}</td><td class="number">${grouped(automations)}</td><td class="number">${grouped(modelledExactly)}</td></tr>`,
    )
    .join('')}</tbody></table></section>`

const article = ({ finding, also, hazard }: RankedFinding, lineOf: ReturnType<typeof sourceLines>): string => {
  const facts = [
    finding.severity,
    finding.meets?.replace('-', ' '),
    hazard ? 'can hurt' : undefined,
    `fingerprint ${finding.fingerprint}`,
  ].filter((fact) => fact !== undefined)
  const lines = [
    `<article class="${finding.verdict}" id="f-${escaped(finding.fingerprint)}"><h3><span class="${finding.verdict}-ink">${finding.verdict}</span> ${escaped(finding.id)} · ${marked(finding.text)}</h3>`,
    `<p class="soft">${escaped(facts.join(' · '))}</p>`,
    ...finding.locations.map((at) => place(placeText(at), lineOf(at))),
  ]
  if (finding.trace.length > 0) lines.push(trace(finding))
  if (finding.why !== undefined) lines.push(`<p>${marked(finding.why)}</p>`)
  if (finding.leansOn.length > 0) lines.push(`<p>Leans on ${marked(finding.leansOn.join(', '))}.</p>`)
  if (also.length > 0)
    lines.push(
      `<details><summary>and ${counted(also.length, 'finding')} of the same automations</summary><ul>${also.map(({ id, text }) => `<li>${escaped(id)} ${marked(text)}</li>`).join('')}</ul></details>`,
    )
  return [...lines, '</article>'].join('\n')
}

const place = (name: string, line: string | undefined): string =>
  line === undefined ? `<p class="mono">${escaped(name)}</p>` : `<p class="mono">${escaped(name)}</p><pre>${escaped(line)}</pre>`

const trace = (finding: Finding): string =>
  `<details open><summary>the run that shows it</summary><div class="wide"><table><thead><tr><th scope="col">reaction</th><th scope="col">who</th><th scope="col">what</th><th scope="col">change</th><th scope="col">where</th></tr></thead><tbody>${traceRows(
    finding.trace,
  )
    .map(
      ({ reaction, actor, what, change, at }) =>
        `<tr><td class="number">${reaction}</td><td>${escaped(actor)}</td><td>${marked(what)}</td><td>${escaped(change)}</td><td class="mono">${escaped(at)}</td></tr>`,
    )
    .join('')}</tbody></table></div></details>`

const unmodelled = (report: Checked): string => {
  const parts = report.applications.flatMap(({ id, unmodelled: list }) => list.map((part) => ({ id, part })))
  if (parts.length === 0) return ''
  return `<section aria-labelledby="unmodelled"><h2 id="unmodelled">Not modelled</h2><details><summary>${counted(parts.length, 'part')}</summary><table><thead><tr><th scope="col">where</th><th scope="col">why</th><th scope="col">may write</th></tr></thead><tbody>${parts
    .map(
      ({ part }) =>
        `<tr><td class="mono">${escaped(placeText(part.at))}</td><td>${marked(part.why)}</td><td class="mono">${escaped(part.writes.join(', '))}</td></tr>`,
    )
    .join('')}</tbody></table></details></section>`
}

/** Escaped text in which backticks make code. */
const marked = (text: string): string => escaped(text).replace(/`([^`\n]+)`/g, '<code>$1</code>')
