// The history of the fleet and the feed of changes, the first sweep, and a daemon that stops answering.
import assert from 'node:assert/strict';
import { check } from '../peers/checks.mjs';
import { open, PHONE, scrollsSideways, violations, visit } from './browser.mjs';
import { many, MARKUP, mixed, QUOTES } from './fleet.mjs';
import { guid } from '../support/world.mjs';

const HOUR = 3600e3;
const at = (hours) => new Date(Math.floor(Date.now() / HOUR) * HOUR - hours * HOUR).toISOString();

// A history as the API describes it: one incident, a dip, nothing recorded before.
function pastOf(days, recorded = days) {
  const step = days === 7 ? 1 : 6;
  const steps = Array.from({ length: recorded * 24 / step }, (_, n) => recorded * 24 - n * step);
  return {
    apiVersion: 'defenderd/v1', kind: 'History', from: at(days * 24), until: new Date().toISOString(), step: step === 1 ? 'PT1H' : 'PT6H',
    complete: recorded === days, sharesSince: at(recorded * 24), eventsSince: at(recorded * 24),
    shares: steps.map((hours) => ({ at: at(hours), asDeclared: hours < 40 && hours > 30 ? 70 : 98, different: 2, notKnown: hours < 40 && hours > 30 ? 28 : 0 })),
    events: steps.filter((hours) => hours % 12 === 0).map((hours) => ({ from: at(hours), drifts: 3, corrections: 2, failures: 1, withheld: 0, edits: 0 })),
    incidents: [{ reason: 'Throttled', subject: 'tenant 1b2c', startedAt: at(40), endedAt: at(30), subscriptions: 28, message: MARKUP }],
  };
}

const change = (n, more) => ({ at: at(n), event: 'drift', name: 'agents-prod', field: 'plan', from: 'on', to: 'off', ...more });
const feedOf = (count) => [
  change(0, { since: at(0), actor: { kind: 'user', name: 'alice@contoso.com', client: 'Azure portal', at: at(0) } }),
  change(1, { event: 'correction', result: 'applied', from: 'off', to: 'on', durationSeconds: 190, actor: { kind: 'user', name: 'bob@contoso.com' } }),
  change(2, { event: 'correction', result: 'withheld', from: 'on', to: 'off', reason: 'DisableBrake', message: `held until 2099-01-01T00:00:00Z ${MARKUP}`, name: QUOTES }),
  { at: at(3), event: 'edited', message: '3 of 20 subscriptions', commit: 'abcdef0123456789' },
  ...Array.from({ length: count - 4 }, (_, n) => change(4 + n, { durationSeconds: 60 })),
];

// Answers as a daemon does that keeps a history; `changes` go over its status.
export async function withHistory(page, { days = 30, changes = 80, status = {}, id = guid(100) } = {}) {
  const asked = Object.assign([], { changes: [] });
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { sweep: null, ...await response.json(), ...status } });
  });
  await page.route('**/api/v1/history?*', (route) => {
    asked.push(route.request().url());
    const wanted = Number(new URL(route.request().url()).searchParams.get('days'));
    return route.fulfill({ json: pastOf(wanted, Math.min(wanted, days)) });
  });
  await page.route('**/api/v1/changes?*', (route) => {
    asked.changes.push(route.request().url());
    const given = new URL(route.request().url()).searchParams;
    const first = Number(given.get('before') ?? 0);
    const last = first + Number(given.get('limit'));
    const items = feedOf(changes).map((item) => (item.name ? { ...item, subscriptionId: id } : item));
    return route.fulfill({ json: { apiVersion: 'defenderd/v1', kind: 'Changes', since: at(1000), next: items.length > last ? String(last) : null, items: items.slice(first, last) } });
  });
  return asked;
}

const history = (page) => page.getByRole('region', { name: 'History' });
const feed = (page) => page.locator('#history-changes').getByRole('listitem');
const older = (page) => page.getByRole('button', { name: 'Show older changes' });
const shows = (page, count) => page.waitForFunction((want) => document.querySelectorAll('#history-changes li').length === want, count);

export async function checkHistory(browser, withWorld) {
  await withWorld({ fleet: mixed() }, async (world) => {
    const visited = (options, routes, body) => {
      let asked;
      const prepare = async (page) => { asked = await withHistory(page, { ...routes, id: world.fleet[0].id }); };
      return visit(browser, world.url, { ...options, prepare }, async (page) => {
        await history(page).locator('svg').waitFor();
        await body(page, asked);
        await page.unrouteAll({ behavior: 'wait' });
      });
    };
    await check('the timeline is a picture with a sentence, and a table', () => visited({}, {}, async (page) => {
      const picture = history(page).getByRole('img');
      assert.match(await picture.getAttribute('aria-label'), /^From .*: 98% as declared most recently, 70% at the lowest; 42 drifts, 28 corrections, 1 incident$/);
      assert.ok(await picture.locator('.incident').count() === 1 && await picture.locator('.bar-drift').count() === 14);
      await history(page).getByText('Show as table').click();
      const rows = history(page).getByRole('region', { name: /^By day/ }).getByRole('row');
      assert.ok(await rows.count() >= 8);
      assert.match(await history(page).getByRole('region', { name: 'Incidents' }).getByRole('row').nth(1).innerText(), /Throttled\s+tenant 1b2c[^]*10 h\s+28/);
    }));
    await check('7 and 30 days are a part of the address', () => visited({}, {}, async (page, asked) => {
      assert.ok(asked.at(-1).endsWith('days=7'));
      await history(page).getByRole('link', { name: '30 days' }).click();
      await history(page).getByText(/^From .* 30\.|240 drifts|60 drifts|180 drifts/).first().waitFor();
      assert.equal(await page.evaluate(() => location.search), '?days=30');
      assert.equal(await history(page).getByRole('link', { name: '30 days' }).getAttribute('aria-current'), 'true');
      await page.goBack();
      await history(page).getByText(/42 drifts/).waitFor();
    }));
    await check('what was not recorded is not shown as calm', () => visited({}, { days: 2 }, async (page) => {
      await history(page).locator('text').getByText('not recorded').waitFor();
      await history(page).getByText(/^Events are known since /).waitFor();
    }));
    await check('the feed says what, where, who and for how long', () => visited({}, {}, async (page) => {
      await feed(page).nth(19).waitFor();
      assert.equal(await feed(page).count(), 20);
      assert.match(await feed(page).nth(0).innerText(), /Drift agents-prod plan on → off · by alice@contoso\.com, Azure portal · lasts for /);
      assert.match(await feed(page).nth(1).innerText(), /Corrected agents-prod plan off → on · written by defenderd; changed by bob@contoso\.com · after 3 min/);
      assert.match(await feed(page).nth(2).innerText(), /Held [^]*Disable brake: held until 1 Jan 2099, 00:00 </);
      assert.match(await feed(page).nth(3).innerText(), /Edited · commit abcdef012345\n+3 of 20 subscriptions/);
      await feed(page).nth(0).getByRole('link').click();
      await page.getByRole('dialog', { name: 'agents-prod' }).waitFor();
    }));
    await check('older changes are appended page by page, by the keyboard, and it is said where they end', () => visited({}, {}, async (page, { changes }) => {
      await older(page).focus();
      await page.keyboard.press('Enter');
      await shows(page, 70);
      assert.ok(changes.at(-1).endsWith('limit=50&before=20'), changes.at(-1));
      assert.equal(await page.getByRole('status').filter({ hasText: 'changes' }).innerText(), '70 changes');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Show older changes', 'the focus stays');
      await page.keyboard.press('Enter');
      await shows(page, 80);
      await older(page).waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Nothing older is known.');
      assert.equal(new Set(await feed(page).locator('> time').evaluateAll((times) => times.map((time) => time.dateTime))).size, 80, 'none twice');
      assert.deepEqual(await violations(page), []);
    }));
    await check('older changes end with the time range of the address', () => visited({}, { changes: 400 }, async (page) => {
      await older(page).waitFor();
      while (await older(page).isVisible()) {
        const before = await feed(page).count();
        await older(page).click();
        await page.waitForFunction((count) => document.querySelectorAll('#history-changes li').length > count, before);
      }
      const days = async () => (Date.now() - Date.parse(await feed(page).last().locator('> time').getAttribute('datetime'))) / (24 * HOUR);
      assert.ok(await days() > 6.9 && await days() <= 7, await days());
      assert.match(await page.locator('#history-end').innerText(), /^These are all changes in the last 7 days\. Show 30 days$/);
      await page.locator('#history-end').getByRole('link').click();
      assert.equal(await page.evaluate(() => location.search), '?days=30');
      await older(page).waitFor();
      while (await older(page).isVisible()) {
        const before = await feed(page).count();
        await older(page).click();
        await page.waitForFunction((count) => document.querySelectorAll('#history-changes li').length > count, before);
      }
      assert.equal(await feed(page).count(), 400);
    }));
    await check('older changes stay while the page is refreshed', () => visited({}, {}, async (page) => {
      await older(page).click();
      await shows(page, 70);
      for (let n = 0; n < 2; ++n) await page.waitForResponse(/api\/v1\/status$/);
      assert.equal(await feed(page).count(), 70);
    }));
    await check('markup in the history stays text', () => visited({}, {}, async (page) => {
      await feed(page).nth(19).waitFor();
      await history(page).getByText('Show as table').click();
      assert.ok((await history(page).innerText()).includes(MARKUP));
      assert.ok((await feed(page).nth(2).innerText()).includes(QUOTES));
      assert.equal(await page.locator('main img, main svg:not(.chart), main script, main b').count(), 0);
      assert.equal(await page.evaluate(() => window.mark), undefined);
    }));
    for (const colorScheme of ['light', 'dark']) {
      await check(`axe-core finds nothing serious in the history: ${colorScheme}`, () => visited({ colorScheme }, {}, async (page) => {
        await history(page).getByText('Show as table').click();
        assert.deepEqual(await violations(page), []);
      }));
    }
    await check('on a phone the history never scrolls sideways', () => visited({ viewport: PHONE }, {}, async (page) => {
      assert.equal(await scrollsSideways(page), '');
      assert.ok((await history(page).getByRole('img').boundingBox()).width <= PHONE.width);
    }));
    await check('the first sweep shows how far it is, how fast, and when it ends', () => visited({}, { status: { lastSweep: null, sweep: {
      first: true, started: at(0), total: 10000, observed: 3120, remaining: 6880, perMinute: 3100, secondsLeft: 133 },
      retries: { subscriptions: 4, next: at(-1) } } }, async (page) => {
      await page.locator('#sweep-text').getByText(/^First sweep since \d\d:\d\d: 3,120 of 10,000 observed, 3,100 a minute, about 2 min left; 4 failed and will be retried\.$/).waitFor();
      assert.equal(await page.getByRole('progressbar').evaluate((bar) => bar.value / bar.max), 0.312);
      assert.match(await page.locator('#facts').innerText(), /Waiting for a retry\s+4 subscriptions, the next in \d+ min/);
      assert.deepEqual(await violations(page), []);
    }));
    await checkSilence(browser, world);
  });
  const corrected = many(24).map((one) => ({ ...one, azure: { plan: 'off' } }));
  await withWorld({ fleet: corrected }, async (world) => {
    await check('the feed of a daemon goes as far back as the daemon knows', () => visit(browser, world.url, {}, async (page) => {
      const { items } = await world.json('api/v1/changes?limit=500');
      assert.ok(items.length > 24, 'a correction of each');
      await shows(page, 20);
      await older(page).click();
      await shows(page, Math.min(items.length, 70));
      const names = await feed(page).locator('.what > a').allTextContents();
      assert.deepEqual(names, items.slice(0, 70).map((item) => item.name).filter(Boolean));
    }));
  });
}

// Its own profile: what fails here is meant to.
async function checkSilence(browser, world) {
  await check('a daemon that stops answering has no verdict in colour, and the page says since when', async () => {
    const { page, close } = await open(browser, world.url);
    const saturation = () => page.locator('#verdict').evaluate((node) => getComputedStyle(node).filter);
    assert.equal(await saturation(), 'none');
    const silent = page.getByRole('alert');
    for (const fail of [(route) => route.abort(), () => {}]) {  // refused, and never answered
      const before = new Date();
      await page.route('**/api/**', fail);
      await silent.getByText(/^defenderd has not answered since \d\d:\d\d\. This page shows what was known then\.$/).waitFor();
      const said = /since (\d\d:\d\d)/.exec(await silent.innerText())[1];
      assert.ok(Math.abs(Date.parse(`${before.toISOString().slice(0, 10)}T${said}:00Z`) - before) < 90_000, said);
      assert.equal(await saturation(), 'grayscale(1)');
      assert.match(await page.locator('#verdict').innerText(), /^Last known: \d+ of 20 subscriptions/);
      assert.match(await page.title(), /^No answer/);
      assert.match(await page.locator('#facts').innerText(), /Next sweep\s+not known/);
      assert.deepEqual(await violations(page), []);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await silent.waitFor({ state: 'hidden' });
      assert.equal(await saturation(), 'none');
    }
    await close();
  });
}
