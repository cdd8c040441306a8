// What a DDI client says about an action.
import { z } from 'zod'
import { parsed } from '../document.ts'
import type { Ended } from '../actions.ts'

const feedbackShape = z.object({
  status: z.object({
    execution: z.enum(['proceeding', 'download', 'downloaded', 'scheduled', 'resumed', 'rejected', 'canceled', 'closed']),
    result: z.object({ finished: z.enum(['success', 'failure', 'none']) }),
    details: z.array(z.string()).nullish(),
  }),
})

/** `goes-on`: accepted, not yet done; nothing where the text is no feedback. */
export function readFeedback(text: string): { readonly is: 'goes-on' | Ended; readonly why: string } | undefined {
  const read = feedbackShape.safeParse(parsed(text))
  if (!read.success) return undefined
  const { execution, result, details } = read.data.status
  const why = (details ?? [])
    .filter((detail) => detail !== '')
    .join('; ')
    .slice(0, 500)
  switch (execution) {
    case 'closed':
      // An action that ends without a result has not succeeded.
      return { is: result.finished === 'success' ? 'success' : 'failure', why: why === '' ? 'the device gives no reason' : why }
    case 'rejected':
      return { is: 'rejected', why: why === '' ? 'the device gives no reason' : why }
    case 'canceled':
      return { is: 'failure', why: 'the device stopped the action' }
    case 'proceeding':
    case 'download':
    case 'downloaded':
    case 'scheduled':
    case 'resumed':
      return { is: 'goes-on', why }
  }
}
