/** The name of a request in logs and answers: the trace that it belongs to (W3C Trace Context), or one of its own. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export function requestName({ headers }: IncomingMessage): string {
  const { traceparent } = headers
  const trace = typeof traceparent === 'string' ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent)?.[1] : undefined
  return trace ?? randomUUID()
}
