// Backends of which one process has one connection: a port that devices poll, a file of actions. Rollouts that go on at the same time share it.
import type { Deployer } from './deployer.ts'

interface Open {
  readonly deployer: Promise<Deployer>
  users: number
}

/** Opens each of them once; it is closed when the last user closes it. */
export function createSharing(): (key: string, open: () => Promise<Deployer>) => Promise<Deployer> {
  const all = new Map<string, Open>()
  const leave = async (key: string, one: Open): Promise<void> => {
    one.users--
    if (one.users > 0) return
    all.delete(key)
    await (await one.deployer).close()
  }
  return async (key, open) => {
    const one = all.get(key) ?? { deployer: open(), users: 0 }
    all.set(key, one)
    one.users++
    try {
      const deployer = await one.deployer
      let closed = false
      return {
        ...deployer,
        close: async () => {
          if (closed) return
          closed = true
          await leave(key, one)
        },
      }
    } catch (error) {
      all.delete(key)
      throw error
    }
  }
}
