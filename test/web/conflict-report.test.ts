// The HTML report in a real browser: it shows what was found, leads from the picture to the finding, loads nothing, and fits a narrow screen.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../fixtures/command-line.ts'

const executablePath = '/usr/bin/chromium'
const examples = fileURLToPath(new URL('../../examples', import.meta.url))

describe.skipIf(!existsSync(executablePath))('the report of `check` in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-web-'))
  const file = join(folder, 'report.html')
  let browser: Browser

  beforeAll(async () => {
    const { out, code } = await call(['check', 'comfort.yaml', 'energy.yaml', '--format', 'html'], { workingDirectory: examples })
    expect(code).toBe(1)
    writeFileSync(file, out)
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  it('shows the figures, the picture and the finding with its run and source lines', async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const problems: string[] = []
    page.on('console', (message) => problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(pathToFileURL(file).href)
    expect(await page.title()).toBe('comfort.yaml, energy.yaml')
    expect(await page.locator('.sums li').allInnerTexts()).toEqual(['2\nconflict', '0\npossible', '0\nunknown', '21\nproved'])
    expect(await page.locator('svg.graph path.edge').count()).toBe(2)
    expect(await page.locator('article.conflict').count()).toBe(2)
    expect(await page.locator('article.conflict').first().innerText()).toContain('- set: {window.position: open}')
    expect(await page.locator('article.conflict').first().locator('tbody tr').count()).toBe(10)
    expect(problems).toEqual([])
    expect(asked).toEqual([pathToFileURL(file).href])
    const picture = await page.screenshot({ fullPage: true })
    expect(picture.length).toBeGreaterThan(10_000)
    await page.close()
  }, 60_000)

  it('leads from an edge of the picture to its finding, with the keyboard too', async () => {
    const page = await browser.newPage()
    await page.goto(pathToFileURL(file).href)
    await page.locator('svg.graph a').first().focus()
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).hash).toMatch(/^#f-[0-9a-f]{4}-[0-9a-f]{4}$/)
    expect(await page.locator('article:target').count()).toBe(1)
    await page.close()
  }, 60_000)

  it('has no sideways scrolling on a telephone, in dark', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme: 'dark' })
    await page.goto(pathToFileURL(file).href)
    const [inner, outer] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
    expect(inner).toBeLessThanOrEqual(outer)
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(20, 26, 34)')
    await page.close()
  }, 60_000)

  it('reads the JUnit report and the picture as XML without a parser error', async () => {
    const page = await browser.newPage()
    for (const format of ['junit', 'svg']) {
      const { out } = await call(['check', 'comfort.yaml', 'energy.yaml', '--format', format], { workingDirectory: examples })
      const root = await page.evaluate<string>(
        `(() => { const d = new DOMParser().parseFromString(${JSON.stringify(out)}, 'application/xml'); return d.querySelector('parsererror') ? 'error' : d.documentElement.tagName })()`,
      )
      expect(root).toBe(format === 'svg' ? 'svg' : 'testsuites')
    }
    await page.close()
    expect(readFileSync(file, 'utf8')).not.toContain('<script')
  }, 120_000)
})
