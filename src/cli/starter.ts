// The example that `fleetproof init` writes: small, commented, with one device that gets nothing.

export const starterModel = `# A fleet of gateways and three variants of one application.
#   fleetproof assign model.yaml            gives every device its best variant
#   fleetproof explain model.yaml gw-4      says why a device got what it got
fleetproof: 1

# What is known about a device. Requirements may read these and nothing else; each has a type.
context:
  arch: {enum: [armv7, arm64, x86_64]}
  ram: {int: MB}
  site: {text: true}
  environment: {enum: [staging, production]}
  running: {text: true}

# One JSON object per line; \`id\` names the device.
devices: devices.ndjson

# What runs today. Moves are kept to the fewest possible.
current: {variant: device.running}

variants:
  full:
    requires: device.ram >= 512 && device.arch in ["arm64", "x86_64"]
    prefers: "10"
  lite:
    requires: device.ram >= 128
    prefers: "5"
  preview:
    requires: device.ram >= 512
    prefers: "12"

constraints:
  # At most half of the production devices run the preview; rounding is downwards.
  - quota: {variant: preview, of: 'device.environment == "production"', share: {max: 50%}}
  # Every site keeps a device on the full variant where it can; each missing one costs 3.
  - quota: {variant: full, over: device.site, min: 1}
    soft: {weight: 3}

# Most important first.
objectives: [assigned, soft, preference, changes]
`

const devices = [
  { id: 'gw-1', arch: 'arm64', ram: 1024, site: 'harbour', environment: 'production', running: 'full' },
  { id: 'gw-2', arch: 'arm64', ram: 512, site: 'harbour', environment: 'production', running: 'full' },
  { id: 'gw-3', arch: 'armv7', ram: 256, site: 'harbour', environment: 'production', running: 'lite' },
  { id: 'gw-4', arch: 'armv7', ram: 64, site: 'station', environment: 'production', running: null },
  { id: 'gw-5', arch: 'x86_64', ram: 4096, site: 'station', environment: 'production', running: 'preview' },
  { id: 'gw-6', arch: 'x86_64', ram: 4096, site: 'station', environment: 'staging', running: 'full' },
]

export const starterDevices = devices.map((device) => `${JSON.stringify(device)}\n`).join('')
