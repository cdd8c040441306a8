/** The engine of jobs in threads of the service: what a job thinks about keeps nobody waiting. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { EngineRun, JobEngine } from '../../jobs/engine-here.ts'
import type { ConflictReport } from '../../model/conflict.ts'
import type { Thinker } from './thinker.ts'

export function jobEngine({ ask }: Thinker): JobEngine {
  return {
    check: async (job, told) => valueOf(await ask({ is: 'check', job }, told)) as ConflictReport,
    assign: async (job, told, kept) =>
      valueOf(
        await ask(
          { is: 'assign', job, kept: kept !== undefined },
          { ...told, ...(kept === undefined ? {} : { fleet: ({ model, tables }) => kept(model, tables) }) },
        ),
      ) as EngineRun,
  }
}

function valueOf(answer: Awaited<ReturnType<Thinker['ask']>>): unknown {
  if (answer.is === 'answer') return answer.value
  throw new EngineError('service/engine', 'the engine did not answer')
}
