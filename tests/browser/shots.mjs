// Screenshots of the page for people to check: node shots.mjs FOLDER, in the environment that
// `run` sets. README.md shows light.png, made small by pngquant.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { until, World } from '../support/world.mjs';
import { DESKTOP, launch, open, PHONE } from './browser.mjs';
import { large, mixed, scopes, undeclared, withAccounts } from './fleet.mjs';

const folder = path.resolve(process.argv[2] ?? 'shots');
await mkdir(folder, { recursive: true });
const browser = await launch();

async function shot(name, world, options = {}, prepare = async () => {}) {
  const { page, troubles, close } = await open(browser, world.url, options);
  await prepare(page);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(name, troubles);
  await close();
}

const fleet = mixed();
const idOf = (name) => fleet.find((one) => one.name === name).id;
const world = await World.start({ fleet, settings: { safety: { maxDisablesPerSweep: 0, contestedAfter: { corrections: 1, within: '1h' } } } });
await world.swept();
// Somebody changes one back, twice.
await world.drift(idOf('kiosk'), { plan: 'off' });
await world.post('-/reconcile');
await until('a correction', async () => (await world.control('GET', `subscriptions/${idOf('kiosk')}`)).plan === 'on');
await world.drift(idOf('kiosk'), { plan: 'off' });
await world.post('-/reconcile');
await until('contested', async () => (await world.json('api/v1/status')).byState.contested === 1);
const settled = (page) => page.waitForFunction(() => document.querySelector('#facts dt'));
await shot('light', world, {}, settled);
await shot('dark', world, { colorScheme: 'dark' }, settled);
await shot('narrow', world, { viewport: PHONE, scale: 2 }, settled);
const details = async (page) => { await page.locator('#details-body table').first().waitFor(); };
await shot('details', world, { hash: `#/${idOf('kiosk')}` }, details);
const past = async (page) => { await page.getByRole('heading', { name: 'History' }).evaluate((heading) => heading.scrollIntoView()); };
await shot('history', world, { hash: `#/${idOf('kiosk')}` }, past);
await shot('history-dark', world, { hash: `#/${idOf('translations')}`, colorScheme: 'dark' }, past);
await shot('history-narrow', world, { hash: `#/${idOf('kiosk')}`, viewport: PHONE, scale: 2 }, past);
await shot('details-dark', world, { hash: `#/${idOf('translations')}`, colorScheme: 'dark' }, details);
await shot('details-narrow', world, { hash: `#/${idOf('chat-prod')}`, viewport: PHONE, scale: 2 }, details);
await world.write('subscriptions.yaml', 'apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions:\n  - {id: x, plam: on}\n');
await world.post('-/reload');
await shot('bad-edit', world, { viewport: DESKTOP }, async (page) => { await page.locator('#banner-config').waitFor(); });
await world.stop();

const more = await World.start({ fleet: [...mixed().slice(0, 6), ...undeclared()], scopes: scopes() });
await more.swept();
await more.drift(more.fleet.at(-1).id, { tags: { env: 'old' } });  // it leaves its scope
await more.post('-/reconcile');
await until('one that left', async () => (await more.json('api/v1/undeclared')).left === 1);
const unmanaged = async (page) => {
  await page.getByText('Left scope').waitFor();
  await page.getByRole('link', { name: 'Show them' }).click();
  await page.getByRole('heading', { name: 'Unmanaged subscriptions' }).scrollIntoViewIfNeeded();
};
await shot('undeclared-top', more, {}, (page) => page.getByText('Left scope').waitFor());
await shot('undeclared', more, {}, unmanaged);
await shot('undeclared-dark', more, { colorScheme: 'dark' }, unmanaged);
await shot('undeclared-narrow', more, { viewport: PHONE, scale: 2 }, unmanaged);
await shot('undeclared-narrow-top', more, { viewport: PHONE, scale: 2 }, (page) => page.getByText('Left scope').waitFor());
await more.control('POST', 'faults', { operation: 'subscriptions', status: 403, code: 'AuthorizationFailed', times: 0 });
await more.post('-/reconcile');
await until('a failed listing', async () => (await more.json('api/v1/undeclared')).error !== '');
await shot('undeclared-failing', more, {}, unmanaged);
await more.stop();

const weak = await World.start({ fleet: withAccounts().slice(0, 4) });  // the last is markup
await until('the first inspection', async () => (await weak.json('api/v1/findings')).lastRound);
const findings = async (page) => {
  await page.getByRole('link', { name: 'show them', exact: true }).click();
  await page.getByRole('heading', { name: 'Findings' }).scrollIntoViewIfNeeded();
};
const accounts = async (page) => { await page.getByRole('region', { name: 'AI accounts' }).evaluate((table) => table.scrollIntoView()); };
const chatProd = `#/${weak.fleet[0].id}`;
await shot('findings', weak, {}, findings);
await shot('findings-dark', weak, { colorScheme: 'dark' }, findings);
await shot('findings-narrow', weak, { viewport: PHONE, scale: 2 }, findings);
await shot('findings-details', weak, { hash: chatProd }, accounts);
await weak.stop();

if (!process.argv.includes('--small')) {
  const big = await World.start({ fleet: large(10_000), settings: { poll: { interval: '10m', workers: 64 }, azure: { budget: { readsPerSecond: 1000, writesPerSecond: 1000 } } } });
  await big.swept();
  await shot('large', big, {}, settled);
  await big.stop();
}
await browser.close();
