/** DivEnact's templates and variants: what its front end reads, writes and removes. */
import { z } from 'zod'
import type { App } from '../app.ts'
import { drop, keep, listKept, type Sort } from '../divenact/documents.ts'
import { audit, type Parts } from '../parts.ts'
import { notFound } from '../problem.ts'

const idShape = z.string().min(1).max(256)
export const documentShape = z.looseObject({ _id: z.string().max(256).optional(), id: z.string().max(256).optional() })
const keptShape = z.looseObject({ _id: z.string(), id: z.string() })

export function divenactDocumentRoutes(app: App, parts: Parts): void {
  const sorts: readonly Sort[] = ['template', 'variant']
  for (const sort of sorts) {
    const example =
      sort === 'template'
        ? '{"content":{"main":{"settings":{"image":"app:{{COLOR}}"}}},"property":{"predefinedtag":{"capability":"ky016"}}}'
        : '{"template":"led","parameter":{"COLOR":"red"}}'
    const name = sort === 'template' ? 'led' : 'led-red'
    app.get(
      `/api/${sort}`,
      {
        config: { needs: 'reader' },
        schema: {
          tags: ['divenact'],
          summary: `All ${sort}s`,
          description: `\`\`\`sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/api/${sort}/\n\`\`\``,
          response: { 200: z.array(keptShape).describe('by id') },
        },
      },
      async ({ principal }) => [...(await listKept(parts.store, principal.tenant, sort))],
    )
    app.put(
      `/api/${sort}/:id`,
      {
        config: { needs: 'operator' },
        schema: {
          tags: ['divenact'],
          summary: `Writes a ${sort}: the one with its \`_id\`, else the one with its \`id\`, else a new one`,
          description: `\`\`\`sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/api/${sort}/${name} -d '${example}'\n\`\`\``,
          params: z.object({ id: idShape }),
          body: documentShape,
          response: { 200: keptShape.describe('as it is kept') },
        },
      },
      async ({ principal, params, body }) => {
        const kept = await keep(parts, principal, sort, params.id, body)
        await audit(parts, principal, `${sort} written`, `${sort}/${kept.id}`)
        return kept
      },
    )
    app.delete(
      `/api/${sort}/:id`,
      {
        config: { needs: 'approver' },
        schema: {
          tags: ['divenact'],
          summary: `Removes a ${sort}`,
          params: z.object({ id: idShape }),
          response: { 200: z.object({ message: z.literal('Deleted') }).describe('removed') },
        },
      },
      async ({ principal, params }) => {
        if (!(await drop(parts, principal, sort, params.id))) throw notFound(`there is no ${sort} \`${params.id}\``)
        await audit(parts, principal, `${sort} removed`, `${sort}/${params.id}`)
        return { message: 'Deleted' as const }
      },
    )
  }
}
