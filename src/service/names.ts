/** Shapes of names and pages that many routes take. */
import { z } from 'zod'

/** A name that stands in a path. */
export const nameShape = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a name is letters, digits, dots, dashes and underscores, at most 128')

/** An id that a device brings along: anything printable. */
export const deviceShape = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'an id holds no control characters')

export const pageShape = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items of the answer'),
  cursor: z.string().max(2048).optional().describe('`next` of the page before'),
})

/** A list, page by page. */
export const pageOfShape = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().optional().describe('the cursor of the next page; absent on the last') })

export const timeShape = z.iso.datetime({ offset: true })
