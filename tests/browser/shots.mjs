// Screenshots of the page for people to check: node shots.mjs FOLDER [WORLD ...], in the environment that
// `run` sets. Each world in light, dark and on a phone. README.md shows readme.png, made small by `pngquant 64`.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { guid, until, World } from '../support/world.mjs';
import { launch, open } from './browser.mjs';
import { large, many, mixed, scopes, undeclared, waves, withAccounts } from './fleet.mjs';
import { withHistory } from './history_checks.mjs';

const NARROW = { width: 390, height: 844 };
const [folder = 'shots', ...wanted] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();

async function shot(name, world, options = {}, prepare = async () => {}) {
  const { page, troubles, close } = await open(browser, world.url, options);
  await page.waitForFunction(() => document.querySelector('#facts dt'));
  await prepare(page);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(name, troubles);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await close();
}

// In light, dark and on a phone.
async function shots(name, world, options = {}, prepare = undefined) {
  await shot(`${name}-light`, world, options, prepare);
  await shot(`${name}-dark`, world, { ...options, colorScheme: 'dark' }, prepare);
  await shot(`${name}-narrow`, world, { ...options, viewport: NARROW, scale: 2 }, prepare);
}

const on = { plan: 'on', extensions: { AIPromptEvidence: 'on' } };
const idOf = (world, name) => world.fleet.find((one) => one.name === name).id;
const incident = (world) => until('an incident', async () => (await world.json('api/v1/status')).incidents.length > 0);

// As after nine days: what a daemon that was just started says is made older, some rows more than others.
async function afterDays(page) {
  const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch();
    const status = await response.json();
    status.config.loaded = ago(26 * 3600);
    await route.fulfill({ response, json: { ...status, started: ago(9.2 * 86400), lastSweep: ago(130), nextSweep: ago(-170) } });
  });
  await page.route('**/api/v1/subscriptions?*', async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    for (const [n, item] of answer.items.entries()) item.stateSince = ago(420 * (n + 1) ** 2);
    await route.fulfill({ response, json: answer });
  });
}

const worlds = {
  async readme() {
    const owners = ['chat team', 'agents team', 'search team', 'support'];
    const fleet = mixed().map((one, n) => ({ ...one, declared: { owner: owners[n % 4], ...one.declared } }));
    const accounts = withAccounts()[0];
    const world = await World.start({ fleet: [...fleet, accounts, ...undeclared().slice(0, 1)], settings: { safety: { maxDisablesPerSweep: 0 } } });
    await world.swept();
    await until('the first inspection', async () => (await world.json('api/v1/findings')).lastRound);
    await shot('readme', world, { prepare: afterDays });
    return world;
  },
  async well() {
    const world = await World.start({ fleet: many(41).slice(0, 40) });
    await world.swept();
    await shots('well', world);
    return world;
  },
  async outage() {
    const world = await World.start({ fleet: large(300) });
    await world.swept();
    await world.control('POST', 'faults', { operation: 'read', status: 503, code: 'ServiceUnavailable', times: 0 });
    await world.post('-/reconcile');
    await until('all fail', async () => (await world.json('api/v1/status')).incidents[0]?.subscriptions > 250);
    await shots('outage', world);
    return world;
  },
  async tenant() {
    const tenant = guid(3);
    const fleet = [...mixed(), ...Array.from({ length: 14 }, (_, n) => ({
      id: guid(3_000_000 + n), name: `acquired-${n + 1}`, azure: { ...on, tenant }, declared: { tenantId: tenant, owner: 'integration office' } }))];
    const world = await World.start({ fleet });
    await world.swept();
    for (const one of fleet.slice(-14)) {
      await world.control('POST', 'faults', { operation: 'read', subscription: one.id, status: 403, code: 'AuthorizationFailed', times: 0 });
    }
    await world.post('-/reconcile');
    await incident(world);
    await shots('tenant', world);
    return world;
  },
  async mixed() {
    const world = await World.start({ fleet: mixed(), settings: { safety: { maxDisablesPerSweep: 0, contestedAfter: { corrections: 1, within: '1h' } } } });
    await world.swept();
    const kiosk = idOf(world, 'kiosk');
    // Somebody changes one back, twice.
    const actor = { kind: 'user', name: 'alice@contoso.com' };
    await world.drift(kiosk, { plan: 'off', actor });
    await world.post('-/reconcile');
    await until('a correction', async () => (await world.control('GET', `subscriptions/${kiosk}`)).plan === 'on');
    await world.drift(kiosk, { plan: 'off', actor });
    await world.post('-/reconcile');
    await until('contested', async () => (await world.json('api/v1/status')).byState.contested === 1);
    await until('the actor', async () => (await world.json(`api/v1/subscriptions/${kiosk}`)).lastActor);
    const details = async (page) => { await page.locator('#details-body table').first().waitFor(); };
    const past = async (page) => { await page.locator('dialog').getByRole('heading', { name: 'History' }).evaluate((heading) => heading.scrollIntoView()); };
    await shots('mixed', world);
    await shots('filtered', world, { hash: '?reason=DisableBrake,PolicyDenied&sort=name' });
    await shots('details', world, { hash: `#/${kiosk}` }, details);
    await shots('details-history', world, { hash: `#/${kiosk}` }, past);
    await shots('history', world, { prepare: withHistory }, async (page) => {
      await page.locator('#history svg').waitFor();
      await page.getByRole('link', { name: 'History' }).click();
    });
    return world;
  },
  async rollout() {
    const fleet = [...waves(), ...many(21).slice(0, 20)];
    const world = await World.start({ fleet, settings: { safety: { pace: { stopAfterFailures: 1 } } } });
    await world.swept();
    await until('it stops', async () => (await world.json('api/v1/status')).rollout.stopped);
    await shots('rollout', world);
    return world;
  },
  async frozen() {
    const freeze = [{ reason: 'year end', by: 'platform team', until: '2099-01-04T06:00:00Z' }];
    const world = await World.start({ fleet: mixed(), settings: { safety: { freeze } } });
    await world.swept();
    await shots('frozen', world);
    return world;
  },
  async standby() {
    const world = await World.start({ fleet: mixed() });
    await world.swept();
    await shots('standby', world, { ready: '#banner-leadership', status: {
      leadership: { leads: false, mayWrite: false, identity: 'defenderd-1', leader: 'defenderd-0', leaderUrl: 'http://10.0.0.1:8080', lease: 'defender/defenderd',
        since: new Date(Date.now() - 7200e3).toISOString(), failure: '' },
      sharedState: { saved: new Date(Date.now() - 30e3).toISOString(), error: '', byState: { unknown: 0, in_sync: 17, drifted: 0, held: 2, contested: 0, failing: 1, suspended: 0 } },
      subscriptions: 0, byReason: {}, retries: { subscriptions: 0, next: null }, known: { asDeclared: 0, different: 0, notKnown: 0, lastKnown: { asDeclared: 0, different: 0, neverSeen: 0 } },
      byState: { unknown: 0, in_sync: 0, drifted: 0, held: 0, contested: 0, failing: 0, suspended: 0 }, lastSweep: null, nextSweep: null } });
    return world;
  },
  async first() {
    const world = await World.start({ fleet: large(2000), settings: { azure: { budget: { readsPerSecond: 20, writesPerSecond: 20 } }, poll: { interval: '5m', workers: 16 } } });
    await until('a part', async () => (await world.json('api/v1/status')).known.lastKnown.neverSeen < 1800);
    await shots('first', world);
    return world;
  },
  async edit() {
    const world = await World.start({ fleet: mixed() });
    await world.swept();
    await world.write('subscriptions.yaml', 'apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions:\n  - {id: x, plam: on}\n');
    await world.post('-/reload');
    await shots('edit', world, {}, (page) => page.locator('#banner-config').waitFor());
    return world;
  },
  async observed() {
    const world = await World.start({ fleet: large(5000), defaults: { mode: 'observe' }, settings: { poll: { interval: '10m', workers: 64 } } });
    await world.swept();
    await shots('observed', world);
    return world;
  },
  async undeclared() {
    const world = await World.start({ fleet: [...mixed().slice(0, 6), ...undeclared()], scopes: scopes() });
    await world.swept();
    await world.drift(world.fleet.at(-1).id, { tags: { env: 'old' } });  // it leaves its scope
    await world.post('-/reconcile');
    await until('one that left', async () => (await world.json('api/v1/undeclared')).left === 1);
    await shots('undeclared', world, {}, async (page) => {
      await page.getByText('Left scope').waitFor();
      await page.getByRole('link', { name: 'Show them' }).click();
    });
    return world;
  },
  async findings() {
    const world = await World.start({ fleet: withAccounts().slice(0, 4) });  // the last is markup
    await until('the first inspection', async () => (await world.json('api/v1/findings')).lastRound);
    await shots('findings', world, {}, (page) => page.getByRole('link', { name: 'show them', exact: true }).click());
    return world;
  },
  async silent() {
    const world = await World.start({ fleet: mixed() });
    await world.swept();
    await shots('silent', world, {}, async (page) => {
      await page.route('**/api/**', (route) => route.abort());
      await page.getByRole('alert').waitFor();
    });
    return world;
  },
};

for (const [name, show] of Object.entries(worlds)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await (await show()).stop();
}
await browser.close();
