/** Logs in JSON lines, one per request, without headers, bodies and queries; whatever looks like a secret is struck out of every line. */
import { pino, type DestinationStream, type Logger } from 'pino'

const secrets: readonly (readonly [RegExp, string])[] = [
  [/fp_[A-Za-z0-9_-]{8,}/g, 'fp_[secret]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]+:)[^\s@"\\]+@/gi, '$1[secret]@'],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}/gi, '$1[secret]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[secret]'],
  [/(\b(?:password|secret|client_secret|code|code_verifier|token|id_token|access_token|refresh_token)=)[^&\s"\\]+/gi, '$1[secret]'],
]

/** The text without tokens, passwords in addresses, and credentials of headers. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)
}

const secretKeys = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
  'clientSecret',
  'connectionString',
  'webhookSecret',
]

export function serviceLog(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretKeys.flatMap((key) => [quoted(key), `*${quoted(key)}`, `*.*${quoted(key)}`]), censor: '[secret]' },
      hooks: { streamWrite: withoutSecrets },
      serializers: {
        req: (request: { readonly method: string; readonly url: string; readonly ip?: string }) => ({
          method: request.method,
          path: request.url.split('?')[0],
          from: request.ip,
        }),
        res: (reply: { readonly statusCode: number }) => ({ status: reply.statusCode }),
      },
    },
    destination,
  )
}

const quoted = (key: string): string => `["${key}"]`
