/** What shells are told to complete; the script for bash is run by bash. */
import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { call, folderWith } from '../fixtures/command-line.ts'

const printed = async (words: readonly string[], workingDirectory = '.'): Promise<string> => {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  expect((await call(['complete', ...words], { workingDirectory })).code).toBe(0)
  return lines.join('\n')
}

const names = async (words: readonly string[], workingDirectory?: string): Promise<readonly string[]> =>
  (await printed(['--', ...words], workingDirectory))
    .split('\n')
    .filter((line) => !line.startsWith(':'))
    .map((line) => line.split('\t')[0]!)

afterEach(() => vi.restoreAllMocks())

describe('complete', () => {
  it('offers commands, commands of commands, options and what options take', async () => {
    expect(await names(['ro'])).toEqual(['rollout'])
    expect(await names(['rollout', 'sta'])).toEqual(['start', 'status'])
    expect(await names(['assign', '--me'])).toEqual(['--method'])
    expect(await names(['assign', '--method', ''])).toEqual(['flow', 'sites', 'z3', 'highs'])
  })

  it('offers files and folders where they are asked for', async () => {
    const place = folderWith({ 'home.yaml': '', 'homes/one.yaml': '', 'other.yaml': '' })
    try {
      expect(await names(['assign', 'ho'], place.folder)).toEqual(['home.yaml', 'homes/'])
      expect(await names(['check', 'homes/'], place.folder)).toEqual(['homes/one.yaml'])
      expect(await names(['check', '--out', 'o'], place.folder)).toEqual(['other.yaml'])
      expect(await names(['check', 'missing/'], place.folder)).toEqual([])
    } finally {
      place.remove()
    }
  })

  it('prints scripts that the shell takes, and refuses other shells', async () => {
    const script = await printed(['bash'])
    execFileSync('bash', ['-n'], { input: script })
    expect(script).toContain('complete -F')
    const refused = await call(['complete', 'powershel'], { workingDirectory: '.' })
    expect(refused.code).toBe(3)
    expect(refused.error).toContain('command-line/invalid-argument')
  })
})
