/** What runs where, since when and from which release: now, at an instant, and what differs between two. */
import { z } from 'zod'
import type { InventoryRow } from '../../store/rollouts.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { deviceShape, nameShape, pageOfShape, pageShape, timeShape } from '../names.ts'
import type { Parts } from '../parts.ts'

const settings = z.record(z.string(), z.unknown())
const runsShape = z.object({ variant: z.string().nullable(), settings })
const entryShape = z
  .object({
    device: z.string(),
    variant: z.string().nullable(),
    settings,
    at: z.string().describe('since when'),
    release: z.string().optional(),
    source: z.string().describe('who found it'),
  })
  .meta({ id: 'InventoryEntry' })
const differenceShape = z
  .object({ device: z.string(), before: runsShape.optional(), after: runsShape, at: z.string(), source: z.string() })
  .meta({ id: 'InventoryDifference' })

const stageShape = nameShape.default('production')
const PAGE = 1000

type Found = InventoryRow & { readonly at: string; readonly release: string | null; readonly source: string }

const settingsOf = (value: unknown): Record<string, unknown> => ({ ...(value as Readonly<Record<string, unknown>> | null) })
const entryOf = ({ device, variant, settings: given, at, release, source }: Found): z.output<typeof entryShape> => ({
  device,
  variant,
  settings: settingsOf(given),
  at,
  source,
  ...(release === null ? {} : { release }),
})
const runs = ({ variant, settings: given }: InventoryRow) => ({ variant, settings: settingsOf(given) })
const instant = (text: string): string => new Date(text).toISOString()

export function inventoryRoutes(app: App, { store }: Parts): void {
  app.get(
    '/v1/inventory',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['inventory'],
        summary: 'What each device of a stage runs, now or at an instant',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/inventory?stage=production&limit=10"\n```',
        querystring: pageShape.extend({ stage: stageShape, at: timeShape.optional() }),
        response: { 200: pageOfShape(entryShape).describe('one page, by device') },
      },
    },
    async ({ principal, query: { limit, cursor, stage, at } }) => {
      const after = readCursor(cursor)
      const rows = await store.rollouts.inventory(principal.tenant, stage, {
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
        ...(at === undefined ? {} : { at: instant(at) }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ device }) => device)
      return { items: items.map(entryOf), ...next }
    },
  )

  app.get(
    '/v1/inventory/difference',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['inventory'],
        summary: 'Which devices of a stage ran something else at `to` than at `from`',
        description:
          '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/inventory/difference?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"\n```',
        querystring: pageShape.extend({ stage: stageShape, from: timeShape, to: timeShape }),
        response: { 200: pageOfShape(differenceShape).describe('one page, by device; `before` is absent where nothing was known') },
      },
    },
    async ({ principal: { tenant }, query: { limit, cursor, stage, from, to } }) => {
      const differing: z.output<typeof differenceShape>[] = []
      let after = readCursor(cursor)
      while (differing.length <= limit) {
        const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
        const now = await store.rollouts.inventory(tenant, stage, { ...page, at: instant(to) })
        if (now.length === 0) break
        // What was known then of the same devices: its first rows can only be among them.
        const then = new Map(
          (await store.rollouts.inventory(tenant, stage, { ...page, at: instant(from) })).map((row) => [row.device, row]),
        )
        for (const row of now) {
          const before = then.get(row.device)
          if (before !== undefined && before.variant === row.variant && sameSettings(before, row)) continue
          const { device, at, source } = row
          differing.push({ device, ...(before === undefined ? {} : { before: runs(before) }), after: runs(row), at, source })
        }
        after = now.at(-1)?.device
        if (now.length < PAGE) break
      }
      return pageOf(differing, limit, ({ device }) => device)
    },
  )

  app.get(
    '/v1/devices/:device/history',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['inventory'],
        summary: 'What a device ran, oldest first, in every stage',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/devices/gw-1/history\n```',
        params: z.object({ device: deviceShape }),
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(1000) }),
        response: { 200: z.object({ items: z.array(entryShape.extend({ stage: z.string() })) }).describe('its history') },
      },
    },
    async ({ principal, params, query: { limit } }) => {
      const rows = await store.rollouts.history(principal.tenant, params.device, limit)
      return { items: rows.map((row) => ({ ...entryOf(row), stage: row.stage })) }
    },
  )
}

function sameSettings(a: InventoryRow, b: InventoryRow): boolean {
  const [one, other] = [settingsOf(a.settings), settingsOf(b.settings)]
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
