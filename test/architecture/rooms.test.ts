// The import order of src/README.md, and who alone may name which package.
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Lowest first: a room may import itself and the rooms of earlier layers, and rooms of its own layer not at all. */
const layers: readonly (readonly string[])[] = [
  ['src/diagnostics/', 'src/smt/'],
  ['src/model/'],
  ['src/expression/'],
  ['src/verify/', 'constraints/'],
  ['src/formats/', 'src/compile/', 'src/repair/'],
  ['src/solve/'],
  ['src/explain/', 'src/plan/'],
  ['src/engine'],
  ['src/report/', 'src/store/', 'src/mqtt/'],
  ['src/jobs/'],
  ['src/deploy/'],
  ['src/index.ts'],
  ['src/service/'],
  ['src/cli/'],
]

/** Package (as a pattern of its resolved path) to the only room that may name it. */
const owners: readonly (readonly [string, string])[] = [
  ['z3-solver', 'src/solve/'],
  ['highs', 'src/solve/'],
  ['piscina', 'src/solve/'],
  ['mqtt', 'src/mqtt/'],
  ['fastify|@fastify/', 'src/service/'],
  ['@dbos-inc/', 'src/jobs/'],
  ['pg|@electric-sql/|kysely', 'src/store/'],
]

const sourceFolders = '^(src|constraints)/'

const forbidden: IForbiddenRuleType[] = [
  { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
  ...layers.flatMap((layer, level) =>
    layer.flatMap((room): IForbiddenRuleType[] => {
      const above = layers
        .slice(level)
        .flat()
        .filter((other) => other !== room)
      // Nothing stands above the last room, and an empty pattern would match everything.
      if (above.length === 0) return []
      const name = `${room} looks down only`
      return [{ name, severity: 'error', from: { path: `^${room}` }, to: { path: above.map((other) => `^${other}`).join('|') } }]
    }),
  ),
  ...owners.map(([name, room]): IForbiddenRuleType => ({
    name: `${name} belongs to ${room}`,
    severity: 'error',
    from: { path: sourceFolders, pathNot: `^${room}` },
    to: { path: `node_modules/(${name})(/|$)` },
  })),
  {
    name: 'files are opened in cli and service only',
    severity: 'error',
    from: { path: sourceFolders, pathNot: '^src/(cli|service|store|deploy)/' },
    to: { path: '^(node:)?fs(/promises)?$' },
  },
]

/** Broken rules of the sources under `root`, sorted, and how many modules were read. */
async function cruiseSources(root: string, folders: string[]): Promise<{ modules: number; broken: string[] }> {
  const result = await cruise(
    folders,
    {
      baseDir: resolve(root),
      ruleSet: { forbidden },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      tsConfig: { fileName: 'tsconfig.json' },
    },
    {},
    { tsConfig: { options: { allowImportingTsExtensions: true } } },
  )
  const { summary, modules } = result.output as ICruiseResult
  return {
    modules: modules.length,
    broken: summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`).sort(),
  }
}

describe('rooms', () => {
  it('import downward only, without circles, and name only packages of their own', async () => {
    const { modules, broken } = await cruiseSources('.', ['src', 'constraints'])
    expect(modules).toBeGreaterThan(20)
    expect(broken).toEqual([])
  })

  it('are judged by rules that can fail', async () => {
    const { broken } = await cruiseSources('test/fixtures/architecture', ['src'])
    expect(broken).toEqual([
      'files are opened in cli and service only: src/model/upward.ts -> fs',
      expect.stringMatching(/^src\/model\/ looks down only: src\/model\/upward.ts -> src\/compile\/downward.ts$/),
      expect.stringMatching(/^z3-solver belongs to src\/solve\/: src\/compile\/downward.ts -> /),
    ])
  })
})
