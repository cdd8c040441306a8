// Signs what goes over a web hook: HMAC-SHA256 over the time, a dot and the body, so that neither can be changed and old ones can be told.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** `t=<seconds since 1970>,v1=<hexadecimal digits>`. */
export function signBody(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${digest(secret, seconds, body)}`
}

/** Whether the header is ours for the body, and not older or newer than `toleranceSeconds`. */
export function signatureAgrees(
  secret: string,
  header: string | undefined,
  body: string,
  nowSeconds: number,
  toleranceSeconds: number,
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '')
  if (match === null) return false
  const seconds = Number(match[1])
  const expected = Buffer.from(digest(secret, seconds, body), 'hex')
  return timingSafeEqual(expected, Buffer.from(match[2]!, 'hex')) && Math.abs(nowSeconds - seconds) <= toleranceSeconds
}

function digest(secret: string, seconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
}
