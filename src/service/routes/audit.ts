/** Who did what: only ever added to. */
import { z } from 'zod'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { pageOfShape, pageShape } from '../names.ts'
import type { Parts } from '../parts.ts'

const entryShape = z
  .object({
    seq: z.int(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    object: z.string(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'AuditEntry' })

export function auditRoutes(app: App, { store }: Parts): void {
  app.get(
    '/v1/audit',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        summary: 'Lists who changed what, newest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/audit?limit=10"\n```',
        querystring: pageShape.extend({ object: z.string().max(512).optional(), actor: z.string().max(256).optional() }),
        response: { 200: pageOfShape(entryShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor, object, actor } }) => {
      const before = readCursor(cursor)
      const rows = await store.audit.list(principal.tenant, {
        limit: limit + 1,
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(object === undefined ? {} : { object }),
        ...(actor === undefined ? {} : { actor }),
      })
      return pageOf(rows, limit, ({ seq }) => String(seq))
    },
  )
}
