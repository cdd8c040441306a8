/** Versions of what is read and written: who writes may say which version it means to change. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Condition } from '../store/documents.ts'
import { refusal } from './problem.ts'

/** The document's version as a strong entity tag. */
export const tagOf = (etag: string): string => `"${etag}"`

/** What `If-Match` or `If-None-Match: *` asks of a write. */
export function conditionOf(request: FastifyRequest): Condition | undefined {
  const match = request.headers['if-match']
  const none = request.headers['if-none-match']
  if (none === '*') return { is: 'absent' }
  if (match === undefined || match === '*') return undefined
  const etag = /^"([\x21\x23-\x7e]+)"$/.exec(match)?.[1]
  if (etag === undefined) throw refusal(400, 'service/bad-etag', 'an `If-Match` is one entity tag in quotes')
  return { is: 'etag', etag }
}

export const changedMeanwhile = (there: boolean) =>
  refusal(412, 'service/changed-meanwhile', there ? 'it was changed since it was read' : 'there is none of this version')

/** Answers 304 where the reader has this version already. */
export function unchanged(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  const tag = tagOf(etag)
  void reply.header('etag', tag)
  const known = request.headers['if-none-match']
  return known !== undefined && known.split(/\s*,\s*/).some((each) => each === tag || each === `W/${tag}`)
}
