// Sites of a fleet whose variants fight in pairs, in one triple, and in one pair only without a third: what `examples/fleet-conflicts` says of 40 sites, for any number of them.

/** By site type the devices, each with what it can run and how much each is liked. */
const types: readonly (readonly Readonly<Record<string, number>>[])[] = [
  [{ heat: 5, air: 3 }, { air: 4 }],
  [{ heat: 3, air: 2 }, { air: 5 }, { light: 2 }],
  [{ light: 5 }, { night: 4, heat: 1 }],
  [{ light: 5 }, { night: 4 }, { steward: 1 }],
  [{ light: 4 }, { steward: 4 }, { guard: 4 }],
  [{ light: 3, heat: 2 }, { steward: 4 }, { guard: 4, air: 1 }],
  [{ light: 4 }, { steward: 4 }, { guard: 5 }, { night: 3 }],
  [
    { heat: 2, night: 3 },
    { light: 4, air: 3 },
    { steward: 2, guard: 3 },
  ],
  [{ heat: 4 }, { heat: 4, air: 5 }, { air: 3, guard: 2 }],
  [
    { guard: 2, light: 3 },
    { guard: 2, steward: 3 },
    { heat: 1, air: 1 },
  ],
  [{ light: 2 }, { night: 5 }, { guard: 3 }, { steward: 1, heat: 3 }],
  [{ heat: 1 }, { air: 1 }, { light: 1 }, { night: 1 }, { steward: 1 }, { guard: 1 }],
]
export const variants = ['heat', 'air', 'light', 'night', 'steward', 'guard'] as const

/** NDJSON of the devices of so many sites, the types by turns. */
export function fleetSites(sites: number): string {
  const lines: string[] = []
  for (let site = 0; site < sites; site++)
    types[site % types.length]!.forEach((likes, at) => {
      const own = variants.map((name) => [name, likes[name] ?? 0] as const)
      const values = Object.fromEntries(own.map(([name, value]) => [`likes_${name}`, value]))
      lines.push(JSON.stringify({ id: `s${site}-${at}`, site: `site-${String(site).padStart(5, '0')}`, ...values }))
    })
  return `${lines.join('\n')}\n`
}

/** The model; without the constraint nothing is kept apart. `cap`: at most this share of all devices guards. */
export function fleetModel(devices: string, folder: string, apart = true, cap?: string): string {
  return `# Six variants on sites of twelve kinds: which of them fight is not written here, it follows from what they do.
#   fleetproof assign examples/fleet-conflicts/fleet.yaml --out result
#   fleetproof verify result
fleetproof: 1
context:
  site: {text: true}
${variants.map((name) => `  likes_${name}: {int: count}`).join('\n')}
devices: ${devices}
variants:
${variants.map((name) => `  ${name}: {requires: device.likes_${name} > 0, prefers: device.likes_${name}, behaviour: 'native:${folder}${name}.yaml'}`).join('\n')}
constraints:
${apart ? '  - name: at one site nothing fights\n    no_conflict: {over: device.site}\n' : ''}${cap === undefined ? '' : `  - quota: {variant: guard, share: {max: ${cap}}}\n`}
objectives: [assigned, preference]
`
}
