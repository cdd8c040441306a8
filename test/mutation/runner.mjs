// Tries mutants on the cases of `cases/`, within one process: thousands of mutants a minute instead of one a second.
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { PluginKind, declareClassPlugin } from '@stryker-mutator/api/plugin'
import { DryRunStatus, MutantRunStatus, TestStatus, determineHitLimitReached, toMutantRunResult } from '@stryker-mutator/api/test-runner'

class CasesRunner {
  space = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {})

  capabilities() {
    return { reloadEnvironment: false }
  }

  async load() {
    // INVARIANT: the process stands in the copy of the project whose files are instrumented.
    this.cases ??= (await import(pathToFileURL(`${process.cwd()}/test/mutation/cases/all.ts`).href)).allCases(process.env.MUTANT_CASES)
    return this.cases
  }

  async dryRun() {
    const tests = []
    for (const one of await this.load()) {
      this.space.currentTestId = one.name
      tests.push(await tried(one))
      this.space.currentTestId = undefined
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.space.mutantCoverage }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    this.space.hitCount = hitLimit === undefined ? undefined : 0
    this.space.hitLimit = hitLimit
    this.space.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined
    const cases = await this.load()
    const wanted = testFilter && new Set(testFilter)
    const tests = []
    this.space.activeMutant = activeMutant.id
    for (const one of cases) {
      if (wanted && !wanted.has(one.name)) continue
      const result = await tried(one)
      tests.push(result)
      if (result.status === TestStatus.Failed) break
    }
    const limit = determineHitLimitReached(this.space.hitCount, hitLimit)
    const last = tests.at(-1)
    this.space.activeMutant = undefined
    this.space.hitLimit = undefined
    if (last?.status === TestStatus.Failed && mutantActivation !== 'static') {
      // A case that has kept something of the mutant would kill every later one.
      const again = await tried(cases.find(({ name }) => name === last.id))
      if (again.status === TestStatus.Failed)
        return { status: MutantRunStatus.Error, errorMessage: `${last.name} keeps what a mutant left` }
    }
    return toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests })
  }
}

async function tried({ name, run }) {
  const start = performance.now()
  const result = { id: name, name, timeSpentMs: 0, status: TestStatus.Success }
  try {
    await run()
  } catch (error) {
    result.status = TestStatus.Failed
    result.failureMessage = String(error).slice(0, 300)
  }
  result.timeSpentMs = Math.round(performance.now() - start)
  return result
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'cases', CasesRunner)]
