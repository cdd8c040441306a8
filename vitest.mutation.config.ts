// The few fast tests that mutants are tried on.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/mutation/*.test.ts'],
    exclude: ['test/mutation/*.long.test.ts'],
    testTimeout: 60_000,
    pool: 'threads',
    isolate: false,
  },
})
