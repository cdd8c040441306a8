/** All real flows and GeneSIS models: read whole, what is modelled exactly counted per file, every other part listed with its reason and what it may write. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readGenesisModel } from '../../src/formats/genesis/read-model.ts'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Application } from '../../src/model/automation.ts'

const data = join(import.meta.dirname, '../../../shared/data')
const present = existsSync(data)

/** Per file how many automations it has, and at least how many of them are modelled exactly. */
const TOTALS: Readonly<Record<string, readonly [number, number]>> = {
  'andesse/HUE-CLIP-API_Node-Red-Flows.json': [32, 15],
  'andesse/flows/Change Node Examples.json': [14, 14],
  'andesse/flows/SSE_Event_Stream.json': [5, 0],
  'andesse/flows/Sub-Flows.json': [3, 3],
  'andesse/flows/V2_HUE-CLIP-API_Node-Red-Flows_Fred.Blo.json': [37, 16],
  'andesse/flows/array_splitter.json': [1, 0],
  'andesse/flows/battery_status.json': [4, 1],
  'andesse/flows/helper_functions_flow_2v.json': [17, 16],
  'andesse/flows/hue_effects.json': [11, 1],
  'andesse/flows/motion_sensor_behavior.json': [7, 2],
  'andesse/flows/motion_sensor_update.json': [1, 1],
  'andesse/flows/power_state.json': [1, 0],
  'andesse/flows/scene_active.json': [1, 1],
  'antgervais/nodered/flows.json': [11, 3],
  'ccostan/config/shell_scripts/FeedMurray_flows.json': [6, 6],
  'danissj2442/node-red/flows.json': [4, 1],
  'dvrn21/node-red/flows.json': [5, 1],
  'ebooz/node-red/flows.json': [192, 146],
  'felipe-jda/nodered/flows.json': [23, 7],
  'heyrendsystems/nodered/flows.json': [9, 6],
  'jjromannet/heating-system/flow/flows_raspberrypi.json': [17, 7],
}

/** What is wrong with the list of parts that are not modelled; nothing where every open value is on it, with its reason. */
function gaps({ automations, unmodelled }: Application): readonly string[] {
  const listed = new Map(unmodelled.map((part) => [part.id, part]))
  const missing = automations.flatMap(({ id, steps, triggers }) =>
    [...JSON.stringify([steps, triggers.filter(({ on }) => on !== 'outside')]).matchAll(/"part":("(?:[^"\\]|\\.)*")/g)].flatMap(
      ([, name]) => {
        const part = listed.get(JSON.parse(name!) as string)
        return part?.automation === id ? [] : [`${id}: ${name}`]
      },
    ),
  )
  const unwritten = automations.flatMap(({ steps }) =>
    steps.flatMap((step) =>
      step.do === 'unmodelled' ? step.writes.filter((id) => !(listed.get(step.part)?.writes.includes(id) ?? false)) : [],
    ),
  )
  return [...missing, ...unwritten, ...unmodelled.filter(({ why }) => why === '').map(({ id }) => id)]
}

describe.skipIf(!present)('all real flows', () => {
  it('are those that were counted', () => {
    const files = readdirSync(join(data, 'node-red'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    expect(files.sort()).toEqual(Object.keys(TOTALS).sort())
  })
  it.each(Object.entries(TOTALS))('%s', (file, [all, exact]) => {
    const read = readNodeRedFlow({ name: file, text: readFileSync(join(data, 'node-red', file), 'utf8') }, { application: 'app' })
    if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
    const { application } = read.value
    expect(gaps(application)).toEqual([])
    const open = new Set(application.unmodelled.map(({ automation }) => automation))
    expect(application.automations).toHaveLength(all)
    expect(application.automations.filter(({ id }) => !open.has(id)).length).toBeGreaterThanOrEqual(exact)
  })
})

describe.skipIf(!present)('all GeneSIS models', () => {
  const folder = join(data, 'genesis')
  const files = present ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')) : []
  it.each(files.sort())('%s', (file) => {
    const beside = (name: string): { readonly name: string; readonly text: string } | undefined => {
      const path = join(folder, file, '..', name)
      return existsSync(path) ? { name, text: readFileSync(path, 'utf8') } : undefined
    }
    const read = readGenesisModel({ name: file, text: readFileSync(join(folder, file), 'utf8') }, beside)
    // What is no model is refused with its place; flows of models are as complete as others.
    if (!read.ok) expect(read.diagnostics.some(({ severity, at }) => severity === 'error' && at.source === file)).toBe(true)
    else expect(read.value.flatMap(({ application }) => gaps(application))).toEqual([])
  })
})
