/** GeneSIS models: applications out of components, flows beside the model, validity rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Source } from '../../src/diagnostics/diagnostic.ts'
import { readGenesisModel } from '../../src/formats/genesis/read-model.ts'
import { flowText, input, output } from '../fixtures/flows.ts'

const flow = flowText([input('in', 'a'), output('a')])
const nodeRed = (name: string, more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  _type: '/internal/node_red',
  name,
  id: name,
  required_execution_port: { name: 'need' },
  docker_resource: { port_bindings: { '1884': '1883' } },
  ...more,
})
const host = {
  _type: '/infra/docker_host',
  name: 'pi',
  id: 'pi',
  ip: '10.0.0.7',
  provided_execution_port: [{ name: 'offer' }],
  credentials: { password: 'secret-word' },
}
const on = (...names: string[]): readonly unknown[] =>
  names.map((name) => ({ name: `c-${name}`, src: '/pi/offer', target: `/${name}/need` }))
const read = (dm: unknown, files: Readonly<Record<string, string>> = {}): ReturnType<typeof readGenesisModel> =>
  readGenesisModel({ name: 'model.json', text: JSON.stringify(dm) }, (name): Source | undefined =>
    files[name] === undefined ? undefined : { name, text: files[name] },
  )
const messages = (result: ReturnType<typeof readGenesisModel>): readonly string[] =>
  result.diagnostics.map(({ severity, message }) => `${severity}: ${message}`)

describe('components', () => {
  it('become applications, from flows inside the model and beside it', () => {
    const inside = JSON.parse(flow) as unknown
    const result = read(
      {
        dm: {
          components: [
            host,
            nodeRed('One', { nr_flow: inside }),
            nodeRed('Two', { nr_flow: [], path_flow: String.raw`D:\Dev\flows/two.json` }),
          ],
          links: [],
          containments: on('One', 'Two'),
        },
        graph: {},
      },
      { 'two.json': flow },
    )
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
    expect(result.value.map(({ application }) => [application.id, application.automations.length])).toEqual([
      ['One', 1],
      ['Two', 1],
    ])
    expect(result.value[0]?.application.automations[0]?.at).toMatchObject({ source: 'model.json', path: ['in-in'] })
    expect(result.value[1]?.application.automations[0]?.at.source).toBe('two.json')
    expect(result.value[0]?.assumptions).toContain(
      '`One` runs on `pi`: a broker inside it is reached from outside at 10.0.0.7:1884; whether another is the same one, the alias file says',
    )
    expect(messages(result)).toEqual([
      'warning: `One` and `Two` both bind port 1884 of `pi`'.replace('`One` and `Two`', '`Two` and `One`'),
      'warning: the flow of `Two` is written as a path of another machine; `two.json` beside the model is taken',
    ])
    expect(JSON.stringify(result)).not.toContain('secret-word')
  })
  it('whose flow is missing are listed, not forgotten', () => {
    const result = read({ components: [host, nodeRed('App', { path_flow: '/home/me/gone.json' })], links: [], containments: on('App') })
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
    expect(messages(result)).toEqual(['warning: the flow `gone.json` of `App` is not beside the model'])
    expect(result.value[0]?.application.unmodelled).toMatchObject([{ why: 'its flow `gone.json` is not there' }])
    expect(result.value[0]?.application.automations[0]?.triggers).toMatchObject([{ on: 'unmodelled' }])
  })
})

describe('validity', () => {
  it.each([
    ['two components of one name', { components: [host, host] }, 'error: two components are called `pi`'],
    [
      'a link to nowhere',
      { components: [host], links: [{ name: 'l', src: '/pi/offer', target: '/po/x' }] },
      'warning: the link `l` names the component `po`, which does not exist',
    ],
    [
      'a port that is not there',
      { components: [host], links: [{ name: 'l', src: '/pi/x', target: '/pi/offer' }] },
      'warning: the link `l` names the port `x`, which `pi` does not have',
    ],
    ['no host', { components: [nodeRed('App', {})] }, 'warning: `App` has no host'],
    [
      'a circle of hosts',
      { components: [host], containments: [{ name: 'c', src: '/pi/offer', target: '/pi/offer' }] },
      'warning: `pi` is hosted by itself, perhaps through others',
    ],
    [
      'a mandatory port',
      { components: [{ ...host, required_communication_port: [{ name: 'p', isMandatory: true }] }] },
      'warning: nothing is linked to the mandatory port `p` of `pi`',
    ],
    [
      'links of one name',
      { components: [host], links: [1, 2].map(() => ({ name: 'l', src: '/pi/offer', target: '/pi/offer' })) },
      'warning: two links are called `l`',
    ],
    ['no components', { dm: { name: 'x' } }, 'error: a GeneSIS model has a list `components`, perhaps inside `dm`; here stands a mapping'],
    ['a component without name', { components: [{ _type: 'x' }] }, 'error: a component needs `name` and `_type`, both texts'],
  ])('%s', (_, dm, expected) => {
    expect(messages(read(dm))).toContain(expected)
  })
})

const data = join(import.meta.dirname, '../../../shared/data/genesis')
const present = existsSync(data)

describe('real models', () => {
  const readFile = (path: string): ReturnType<typeof readGenesisModel> =>
    readGenesisModel({ name: path, text: readFileSync(path, 'utf8') }, (name) => {
      const beside = join(dirname(path), name)
      return existsSync(beside) ? { name, text: readFileSync(beside, 'utf8') } : undefined
    })
  it.skipIf(!present)('are all read, but for the one that is no JSON and the flows among them', () => {
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .sort()
    const refused = files.filter((name) => !readFile(join(data, name)).ok)
    expect(files.length - refused.length).toBe(30)
    expect(refused).toEqual([
      'examples/a_node-red_flow.json',
      'examples/invalid.json',
      'smartbuilding/homeio_energy.json',
      'smartbuilding/homeio_user.json',
    ])
    for (const name of files) expect(JSON.stringify(readFile(join(data, name)))).not.toContain('MASKED')
  })
  it.skipIf(!present)('find the flows of the smart building', () => {
    const result = readFile(join(data, 'smartbuilding/smart_building.json'))
    expect(result.ok && result.value.map(({ application }) => [application.id, application.automations.length])).toEqual([
      ['UserComfortApp', 31],
      ['EnergyEfficiency', 30],
    ])
  })
})
