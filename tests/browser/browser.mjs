// Debian's Chromium, driven by playwright-core, and what holds for each page: no error on the
// console, no request to another host.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function launch() {
  return chromium.launch({
    executablePath: process.env.BROWSER_PATH ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export const DESKTOP = { width: 1360, height: 900 };
export const PHONE = { width: 360, height: 740 };

// A fresh profile with one page, and its errors.
// `hash` is what follows the address: `?state=held`, `#/<id>`. `ready` is what to wait for. `status` goes
// over the daemon's own, which has no subscriptions then. `prepare` receives the page before it is loaded.
export async function open(browser, url, { viewport = DESKTOP, colorScheme = 'light', hash = '', scale = 1, ready = '#rows .row', zone = 'UTC', status, prepare = async () => {} } = {}) {
  const context = await browser.newContext({
    viewport, colorScheme, deviceScaleFactor: scale, isMobile: viewport.width < 500, hasTouch: viewport.width < 500,
    reducedMotion: 'reduce', locale: 'en-GB', timezoneId: zone,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const troubles = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) troubles.push(`leaves: ${request.url()}`);
  });
  page.on('dialog', (dialog) => { troubles.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  if (status) {
    await page.route('**/api/v1/status', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...await response.json(), ...status } });
    });
    await page.route('**/api/v1/subscriptions?*', (route) => route.fulfill({ json: { items: [], matched: 0, total: 0 } }));
  }
  await prepare(page);
  await page.goto(`${url}/${hash}`);
  await page.locator(ready).first().waitFor();
  return { page, troubles, close: () => context.close() };
}

// Opens, runs the body and closes; the page must have no errors.
export async function visit(browser, url, options, body) {
  const visitor = await open(browser, url, options);
  try {
    await body(visitor.page);
    assert.deepEqual(visitor.troubles, []);
  } finally {
    await visitor.close();
  }
}

// Serious and critical findings of axe-core, one per line.
export async function violations(page) {
  await page.evaluate(axeSource);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) =>
    `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
}

export const scrollsSideways = (page) => page.evaluate(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? `${scrollWidth} > ${clientWidth}` : '';
});

// Links of a row, and not of the feed of changes.
const named = (name) => ({ hasText: new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) });
export const linkTo = (page, name) => page.locator('#rows .c-name a').filter(named(name));
export const rowOf = (page, name) => page.locator('#rows .row').filter({ has: page.locator('.c-name a').filter(named(name)) });
