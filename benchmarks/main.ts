// Runs one benchmark by its name: `npm run -s bench -- NAME [--json] [--runs N] [--seed N] [--devices N]`.
import { parseArgs } from 'node:util'
import { version } from '../src/version.ts'
import { assignDistinct } from './assign-distinct.ts'
import { assignDivenact } from './assign-divenact.ts'
import { assignMillion } from './assign-million.ts'
import { assignSites } from './assign-sites.ts'
import { assignSitesMillion } from './assign-sites-million.ts'
import { assignVsHighs } from './assign-vs-highs.ts'
import { assignVsLemon } from './assign-vs-lemon.ts'
import { assignWorkers } from './assign-workers.ts'
import { brokerLimit } from './broker-limit.ts'
import { checkHomes } from './check-homes.ts'
import { checkRules } from './check-rules.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { explainOne } from './explain-one.ts'
import { fleetProof } from './fleet-proof.ts'
import { interactions } from './interactions.ts'
import { ingestLimit } from './ingest-limit.ts'
import { median } from './measure.ts'
import { mqttRollout } from './mqtt-rollout.ts'
import { planMillion } from './plan-million.ts'
import { pairsVsZ3 } from './pairs-vs-z3.ts'
import { reassignOnePercent } from './reassign-one-percent.ts'
import { recheckOneRule } from './recheck-one-rule.ts'
import { reassignRouters, routersRelations } from './routers-relations.ts'
import { rulesOverlap } from './rules-overlap.ts'
import { serviceLoad } from './service-load.ts'
import { serviceMillion } from './service-million.ts'

const benchmarks: Readonly<Record<string, (options: BenchmarkOptions) => Promise<BenchmarkResult>>> = {
  'ingest-limit': ingestLimit,
  'broker-limit': brokerLimit,
  'assign-divenact': assignDivenact,
  'assign-million': (options) => assignMillion(options),
  'assign-distinct': (options) => assignDistinct(options),
  'assign-sites': (options) => assignSites(options, { sites: 1000, highsSeconds: 60 }),
  'assign-sites-million': (options) => assignSitesMillion(options),
  'fleet-proof': (options) => fleetProof(options),
  'assign-vs-highs': assignVsHighs,
  'assign-vs-lemon': assignVsLemon,
  'assign-workers': assignWorkers,
  'check-homes': checkHomes,
  'reassign-one-percent': (options) => reassignOnePercent(options),
  'explain-one': (options) => explainOne(options),
  'routers-relations': routersRelations,
  'reassign-routers': reassignRouters,
  'check-rules': checkRules,
  'recheck-one-rule': recheckOneRule,
  interactions,
  'mqtt-rollout': mqttRollout,
  'plan-million': (options) => planMillion(options),
  'pairs-vs-z3': (options) => pairsVsZ3(options),
  'rules-overlap': (options) => rulesOverlap(options),
  'service-million': serviceMillion,
  'service-load': (options) =>
    serviceLoad(options, process.env['FLEETPROOF_DATABASE'] === undefined ? {} : { database: process.env['FLEETPROOF_DATABASE'] }),
}

/** Least and most of every figure. */
function spreadOf(
  each: readonly MeasuredRun[],
): Readonly<Record<string, { readonly min: number; readonly median: number; readonly max: number }>> {
  const names = ['ratio', 'milliseconds', 'memoryMiB', 'processorRatio'] as const
  return Object.fromEntries(
    names.flatMap((figure) => {
      const values = each.flatMap((run) => run[figure] ?? [])
      return values.length === 0 ? [] : [[figure, { min: Math.min(...values), max: Math.max(...values), median: median(values) }]]
    }),
  )
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '7' },
    devices: { type: 'string' },
  },
})
const name = positionals[0] ?? ''
const benchmark = benchmarks[name]
const runs = Number(values.runs)
const seed = Number(values.seed)
if (benchmark === undefined || positionals.length !== 1 || !Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(
    `usage: npm run -s bench -- NAME [--json] [--runs N] [--seed N] [--devices N]\nnames: ${Object.keys(benchmarks).join(', ')}\n`,
  )
  process.exitCode = 3
} else {
  const { details, each, ...figures } = await benchmark({
    runs,
    seed,
    ...(values.devices !== undefined && { devices: Number(values.devices) }),
  })
  const result = {
    name,
    ...figures,
    ...(each && { spread: spreadOf(each) }),
    versions: { fleetproof: version, node: process.version },
    seed,
    runs,
    details: { ...details, ...(each && { each }) },
  }
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`)
}
