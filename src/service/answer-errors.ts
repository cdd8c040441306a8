/** Every failure of a request as problem details: what the caller did wrong in our words, what we did wrong without its inside. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { isRefusal, problemType, refusal, type Refusal } from './problem.ts'

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const answer = refusalOf(error)
  if (answer.problem.status >= 500 && answer.problem.status !== 503) request.log.error(error, 'failed')
  void reply
    .code(answer.problem.status)
    .headers(answer.headers)
    .type(problemType)
    .serializer(JSON.stringify)
    .send({ ...answer.problem, instance: request.url.split('?')[0] })
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const { problem } = refusal(404, 'service/no-route', `nothing answers ${request.method} here`)
  void reply
    .code(404)
    .type(problemType)
    .serializer(JSON.stringify)
    .send({ ...problem, instance: request.url.split('?')[0] })
}

function refusalOf(error: FastifyError): Refusal {
  if (isRefusal(error)) return error
  if (isResponseSerializationError(error)) return refusal(500, 'service/failed', 'the service failed')
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = (error as { readonly validationContext?: string }).validationContext ?? 'request'
    const diagnostics = error.validation.map(({ instancePath, message }): Diagnostic => {
      const path = instancePath.split('/').filter((step) => step !== '')
      return {
        code: 'service/wrong-shape',
        severity: 'error',
        message: worded(message ?? 'it has another form'),
        at: { source: part, path },
      }
    })
    return refusal(400, 'service/wrong-shape', 'the request has another form than this route takes', { diagnostics })
  }
  if (error instanceof EngineError) return ofEngine(error.code)
  const known = Object.hasOwn(ofFastify, error.code) ? ofFastify[error.code] : undefined
  if (known !== undefined) return refusal(known.status, known.code, known.title)
  const { statusCode = 500 } = error
  if (statusCode === 429) return refusal(429, 'service/too-often', 'too many requests; try again later')
  if (statusCode >= 400 && statusCode < 500) return refusal(statusCode, 'service/bad-request', worded(error.message))
  return refusal(500, 'service/failed', 'the service failed')
}

// A full disk and a server that is gone pass: the caller may try again.
function ofEngine(code: string): Refusal {
  if (code.startsWith('store/') || code.startsWith('jobs/'))
    return refusal(503, code, 'the store cannot be used now; nothing was done', { headers: { 'retry-after': '5' } })
  return refusal(500, code, 'the service failed')
}

const ofFastify: Readonly<Record<string, { readonly status: number; readonly code: string; readonly title: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'service/too-large', title: 'the body is larger than this route takes' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'service/media-type', title: 'this route takes no body of that type' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'service/no-body', title: 'the body is empty' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'service/broken-json', title: 'the body is no JSON' },
  FST_REQ_FILE_TOO_LARGE: { status: 413, code: 'service/too-large', title: 'a file is larger than this route takes' },
  FST_PARTS_LIMIT: { status: 413, code: 'service/too-large', title: 'the form has too many parts' },
  FST_FILES_LIMIT: { status: 413, code: 'service/too-large', title: 'the form has too many files' },
  FST_FIELDS_LIMIT: { status: 413, code: 'service/too-large', title: 'the form has too many fields' },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { status: 415, code: 'service/media-type', title: 'a form with files is needed' },
  FST_PROTO_VIOLATION: { status: 400, code: 'service/bad-field', title: 'a field has a name that is not allowed' },
}

/** As our own sentences: lower-case, no full stop. */
function worded(text: string): string {
  const plain = text.replace(/\.$/, '')
  return `${plain.slice(0, 1).toLowerCase()}${plain.slice(1)}`
}
