// Preloaded into a measured process: says at its end how much memory it held at most (MiB) and its processor time.
import { isMainThread } from 'node:worker_threads'
import { writeFileSync } from 'node:fs'

if (isMainThread && process.env.FLEETPROOF_USAGE !== undefined)
  process.on('exit', () => {
    const usage = process.resourceUsage()
    writeFileSync(
      process.env.FLEETPROOF_USAGE,
      JSON.stringify({
        memoryMiB: Math.round(usage.maxRSS / 1024),
        processorMilliseconds: Math.round((usage.userCPUTime + usage.systemCPUTime) / 1000),
      }),
    )
  })
