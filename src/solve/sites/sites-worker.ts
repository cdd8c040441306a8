/** The thread that a share of the blocks lives in: it takes them once, and minimises those that are asked for at the prices that come with each question. */
import { parentPort } from 'node:worker_threads'
import type { Block } from './block.ts'
import { minimiseAll, programsOf, type Batch, type BatchPrices } from './block-batch.ts'
import type { BlockProgram } from './block-program.ts'

export type SitesQuestion =
  | { readonly is: 'take'; readonly blocks: readonly Block[] }
  | { readonly is: 'minimise'; readonly which: Int32Array; readonly at: BatchPrices }

export type SitesReply = { readonly is: 'taken' } | { readonly is: 'no'; readonly no: string } | Batch

const programs: BlockProgram[] = []

const answer = (question: SitesQuestion): SitesReply => {
  if (question.is === 'minimise') return minimiseAll(programs, question.which, question.at)
  const found = programsOf(question.blocks)
  if ('no' in found) return { is: 'no', no: found.no }
  for (const program of found) programs.push(program)
  return { is: 'taken' }
}

parentPort?.on('message', (question: SitesQuestion) => parentPort?.postMessage(answer(question)))
