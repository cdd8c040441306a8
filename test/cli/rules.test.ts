// `fleetproof rules` as a user sees it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, folderWith } from '../fixtures/command-line.ts'

const targets = `fleetproof-rules: 1
context:
  arch: {enum: [armv7, arm64, x86_64]}
  ram: {int: MB}
  load: {decimal: 2}
  seen: {time: true}
rules:
  - {name: big, when: 'device.arch == "arm64" && device.ram >= 512', priority: 10, variant: full}
  - {name: small, when: 'device.arch != "x86_64" && device.ram < 1024', priority: 10, variant: lite}
  - {name: never, when: 'device.ram > 600 && device.ram < 500', priority: 7}
  - {name: covered, when: 'device.arch == "arm64" && device.ram > 100', priority: 5, variant: lite}
  - {name: again, when: 'device.ram >= 512 && device.arch == "arm64"', priority: 1}
  - {name: hot, when: 'device.load > 0.75 && device.seen > timestamp("2026-01-31T00:00:00Z")', priority: 2}
  - {name: hotter, when: 'device.load >= 2.5', priority: 2}
`
const clean = `fleetproof-rules: 1
context:
  ram: {int: MB}
rules:
  - {name: big, when: device.ram >= 512, priority: 10}
  - {name: small, when: device.ram < 512, priority: 10}
`
const hub = JSON.stringify(
  [
    { id: 'edge', targetCondition: "tags.site = 'a' AND properties.reported.ram >= 512", priority: 10 },
    { id: 'site-a', targetCondition: "STARTSWITH(tags.site, 'a')", priority: 10 },
    { id: 'unused', priority: 3 },
  ],
  null,
  1,
)
const broken = `fleetproof-rules: 1
context:
  ram: {int: MB}
rules:
  - {name: big, when: device.rom >= 512, priority: 10}
  - {name: big, when: device.ram >= 512, priority: ten}
`

let files: ReturnType<typeof folderWith>
beforeAll(() => {
  files = folderWith({
    'targets.yaml': targets,
    'clean.yaml': clean,
    'hub.json': hub,
    'broken.yaml': broken,
    'model.yaml': 'fleetproof: 1\n',
  })
})
afterAll(() => files.remove())

const run = (...words: string[]): ReturnType<typeof call> => call(['rules', ...words], { workingDirectory: files.folder })

describe('fleetproof rules', () => {
  it('says what overlaps, with a device, and what does nothing', async () => {
    const { code, out, error } = await run('targets.yaml')
    expect(error).toBe('')
    expect(out).toMatchInlineSnapshot(`
      "7 rules · 2 pairs of equal priority

      overlap    \`big\` and \`small\` select one device, both with priority 10
        big     targets.yaml:8   gives \`full\`
        small   targets.yaml:9   gives \`lite\`
        both select a device with device.arch = "arm64", device.ram = 512

      overlap    \`hot\` and \`hotter\` select one device, both with priority 2
        hot      targets.yaml:13
        hotter   targets.yaml:14
        both select a device with device.load = 2.5, device.seen = "2026-01-31T00:00:00.001Z"

      dead       \`never\` selects no device, whatever devices there are
        never   priority 7   targets.yaml:10

      shadowed   \`covered\` never decides: every device it selects is selected with higher priority
        covered   priority 5    targets.yaml:11   gives \`lite\`
        big       priority 10   targets.yaml:8    gives \`full\`
        small     priority 10   targets.yaml:9    gives \`lite\`

      shadowed   \`again\` never decides: every device it selects is selected with higher priority
        again   priority 1    targets.yaml:12
        big     priority 10   targets.yaml:8    gives \`full\`

      duplicate  \`again\` selects the same devices as \`big\`
        big     priority 10   targets.yaml:8    gives \`full\`
        again   priority 1    targets.yaml:12

      2 overlaps, 1 dead rule, 2 shadowed rules, 1 duplicate
      "
    `)
    expect(code).toBe(1)
  })

  it('answers 0 where nothing is found', async () => {
    expect(await run('clean.yaml')).toEqual({
      code: 0,
      out: '2 rules · 1 pair of equal priority\n\n0 overlaps, 0 dead rules, 0 shadowed rules, 0 duplicates\n',
      error: '',
    })
  })

  it('reads configurations of a hub, and says what is assumed of its language', async () => {
    const { code, out } = await run('hub.json')
    expect(out).toMatchInlineSnapshot(`
      "3 rules · 1 pair of equal priority

      overlap    \`edge\` and \`site-a\` select one device, both with priority 10
        edge     hub.json:3
        site-a   hub.json:8
        both select a device with properties.reported.ram = 512, tags.site = "a"

      dead       \`unused\` selects no device, whatever devices there are
        unused   priority 3   hub.json:13

      assumed: a comparison with a property that is missing, or is an object, is not true, and neither is its \`NOT\`
      assumed: values of different JSON types are unequal; texts compare letter by letter, upper and lower case are different
      1 overlap, 1 dead rule, 0 shadowed rules, 0 duplicates
      "
    `)
    expect(code).toBe(1)
  })

  it('answers programs in JSON', async () => {
    const { code, out } = await run('--json', 'targets.yaml')
    const answer = JSON.parse(out) as { status: string; findings: { kind: string; rules: { at: string }[]; witness?: object }[] }
    expect(code).toBe(1)
    expect(answer.status).toBe('analysed')
    expect(answer.findings.map(({ kind }) => kind)).toEqual([
      'rules/dead',
      'rules/overlap',
      'rules/overlap',
      'rules/shadowed',
      'rules/shadowed',
      'rules/duplicate',
    ])
    expect(answer.findings[1]).toMatchObject({
      witness: { 'device.arch': 'arm64', 'device.ram': 512 },
      rules: [{ at: 'targets.yaml:8' }, { at: 'targets.yaml:9' }],
    })
  })

  it('refuses what it cannot read, all of it at once', async () => {
    const { code, out, error } = await run('broken.yaml')
    expect(code).toBe(3)
    expect(out).toBe('')
    expect(error).toMatchInlineSnapshot(`
      "broken.yaml:5:23 error expression/unknown-attribute  there is no \`device.rom\`
          5 |   - {name: big, when: device.rom >= 512, priority: 10}
            |                       ^^^^^^^^^^
         maybe \`device.ram\`?
      broken.yaml:6:52 error model/wrong-type  \`rules[1].priority\` must be a number, not the text "ten"
          6 |   - {name: big, when: device.ram >= 512, priority: ten}
            |                                                    ^^^
      2 errors, nothing was analysed
      "
    `)
    expect((await run('model.yaml')).code).toBe(3)
    expect((await run('gone.yaml')).code).toBe(3)
  })
})
