// The banners above the list: what ends by itself, roll-outs, freezes.
import assert from 'node:assert/strict';
import { check } from '../peers/checks.mjs';
import { PHONE, rowOf, scrollsSideways, violations, visit } from './browser.mjs';
import { ending, MARKUP, QUOTES, waves } from './fleet.mjs';

export async function checkBanners(browser, withWorld) {
  await withWorld({ fleet: ending() }, async (world) => {
    await check('what ends by itself has a banner and can be found', () => visit(browser, world.url, {}, async (page) => {
      await page.locator('#banner-deadlines').waitFor();
      const text = await page.locator('#banner-deadlines').innerText();
      assert.match(text, /^1 declared suspension has expired\. Show it 1 suspension ends within a day\. Show it /);
      assert.match(text, /1 free trial ends within five days, the first on .*: from then on the plan is billed\.$/);
      await page.locator('#banner-deadlines').getByRole('link', { name: 'Show it' }).first().click();
      assert.equal(await page.locator('#filter').inputValue(), 'suspension expired');
      await page.getByText('1 of 4').waitFor();
      assert.match(await rowOf(page, 'was-suspended').innerText(), /suspension expired/);
      assert.deepEqual(await violations(page), []);
    }));
    await checkReplicas(browser, world);
    await checkOrder(browser, world);
  });

  await withWorld({ fleet: waves(), settings: { safety: { pace: { stopAfterFailures: 1 } } } }, async (world, named) => {
    const banner = (page, name) => page.locator(`#banner-${name}`);
    await check('a stopped roll-out has a banner with its waves and the code', () => visit(browser, world.url, {}, async (page) => {
      await banner(page, 'rollout').waitFor();
      const text = await banner(page, 'rollout').innerText();
      assert.match(text, /^The roll-out has stopped: 1 .*\. To continue without them, add confirm: [0-9a-f]{8} under safety: in the settings\.\n/);
      assert.match(await banner(page, 'rollout').locator('strong').innerText(), /^The roll-out has stopped: [^.]*safety\.pace stops after 1\.$/);
      assert.match(text, /Rolled out: wave 0: 1 of 2, 1 failing; wave 10: 0 of 2\. Show the \d that waits? Show the 1 failing$/);
      assert.match(await rowOf(page, 'rest-too').innerText(), /Held/);
      assert.deepEqual(await violations(page), []);
    }));
    await check('a freeze has a banner with its reason, who and until when, for its time', () => visit(browser, world.url, {}, async (page) => {
      world.settings.safety.freeze = [{ reason: MARKUP, by: QUOTES }, { reason: 'year end', until: '2099-01-01T00:00:00Z', owners: ['rest team'] }];
      await world.writeSettings();
      await banner(page, 'frozen').waitFor();
      const text = await banner(page, 'frozen').innerText();
      assert.ok(text.includes(`Writes are frozen until the freeze is removed. ${MARKUP} (${QUOTES}), since `), text);
      assert.match(text, /Writes of the subscriptions of rest team \(\d+ subscriptions?\) are frozen until .*2099.*year end, since .*, by .*defenderd\.yaml:\d+\./);
      assert.equal(await page.locator('main img, main svg:not(.chart), main script').count(), 0);
      assert.equal(await page.evaluate(() => window.mark), undefined);
      for (const viewport of [undefined, PHONE]) {
        if (viewport) await page.setViewportSize(viewport);
        assert.equal(await scrollsSideways(page), '');
      }
      assert.deepEqual(await violations(page), []);
      delete world.settings.safety.freeze;
      await world.writeSettings();
      await banner(page, 'frozen').waitFor({ state: 'detached' });
    }));
    await check('the roll-out continues when its cause is gone, and its banner ends', () => visit(browser, world.url, {}, async (page) => {
      await world.drift(named('pilot-refused').id, { deniedByPolicy: false });
      await world.post('-/reconcile');
      await banner(page, 'rollout').waitFor({ state: 'detached' });
      await rowOf(page, 'rest-too').getByText('In sync').waitFor();
    }));
  });
}

// Of replicas: the status as a leader and a standby have it. tests/e2e/replica_test runs them.
async function checkReplicas(browser, world) {
  const leadership = { leads: false, mayWrite: false, identity: 'b_2', leader: 'a_1', leaderUrl: 'http://10.0.0.1:8080',
    lease: 'defender/defenderd', since: new Date().toISOString(), failure: '' };
  const sharedState = { saved: new Date(Date.now() - 180_000).toISOString(), error: '',
    byState: { unknown: 0, in_sync: 7, drifted: 0, held: 2, contested: 0, failing: 1, suspended: 0 } };
  const shown = async (change) => {
    let result;
    await visit(browser, world.url, {}, async (page) => {
      await page.route('**/api/v1/status*', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...await response.json(), ...change } });
      });
      await page.locator('#banner-leadership').waitFor();
      assert.equal(await scrollsSideways(page), '');
      assert.deepEqual(await violations(page), []);
      result = { text: await page.locator('#banner-leadership').innerText(), verdict: await page.locator('#verdict').innerText(),
        turn: await page.locator('#turn').innerText(), lists: await page.locator('#list').isVisible(),
        link: await page.locator('#banner-leadership a').evaluateAll((links) => links[0]?.getAttribute('href') ?? null) };
      await page.unrouteAll({ behavior: 'wait' });
    });
    return result;
  };
  await check('a standby names the leader, links to it, and says what the leader saved', async () => {
    const { text, verdict, turn, lists, link } = await shown({ leadership, sharedState });
    assert.match(text, /^Standby since \d\d:\d\d\. It observes nothing and writes nothing\. The leader is a_1$/);
    assert.equal(link, 'http://10.0.0.1:8080');
    assert.match(verdict, /^7 of 10 subscriptions were in sync when the leader last saved its state, 3 min ago$/);
    assert.equal(turn, 'The others: 1 failing, 2 held');
    assert.equal(lists, false, 'it has nothing to list');
  });
  await check('an address that is none is no link', async () => {
    const { text } = await shown({ leadership: { ...leadership, leader: MARKUP, leaderUrl: 'javascript:alert(1)' }, sharedState });
    assert.ok(text.endsWith(`The leader is ${MARKUP}`), text);
  });
  await check('a leader that cannot renew its lease says that nothing is written', async () => {
    const { text } = await shown({ leadership: { ...leadership, leads: true, leader: 'b_2', failure: 'The API is away.' } });
    assert.match(text, /^Nothing is written: this leader cannot renew its lease\..*defender\/defenderd is renewed\. The API is away\.$/);
    const { text: over } = await shown({ leadership: { ...leadership, leads: true, leader: '', failure: 'The API is away.' } });
    assert.match(over, /^Nothing is written here, and another replica may lead by now: this one cannot renew its lease\..*The API is away\.$/);
  });
}

// All at once: the most severe first, each with its number and a link to what it concerns.
async function checkOrder(browser, world) {
  const hoursAgo = (hours) => new Date(Date.now() - hours * 3600e3).toISOString();
  const tenant = '1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9';
  const everything = (status) => ({ ...status,
    incidents: [{ reason: 'Throttled', concerns: `tenant ${tenant}`, since: hoursAgo(3), subscriptions: 1200, most: 1300, message: 'too many requests', examples: ['a', 'b'], beforeRestart: false },
      { reason: 'Timeout', concerns: 'Azure Resource Manager', since: hoursAgo(2), subscriptions: 40, most: 50, message: 'no answer', examples: ['c'], beforeRestart: true }],
    freezes: [{ reason: 'year end', by: 'ops', inForce: true, since: hoursAgo(30), next: null, ends: null, exceptEnable: true, owners: [], source: 'api' }],
    leadership: { leads: true, mayWrite: false, identity: 'b', leader: 'b', leaderUrl: '', lease: 'x/y', since: hoursAgo(1), failure: '' },
    rollout: { stopped: 'too many failed', waves: [{ wave: 0, subscriptions: 2000, pending: 5, failed: 4 }] },
    config: { ...status.config, error: 'subscriptions.yaml:3:1: bad', errorSince: hoursAgo(2), loaded: hoursAgo(5), restartNeeded: ['server.listen', 'log.format'] },
    confirmCode: '01234567',
    byReason: { Throttled: 1200, Frozen: 7, NotLeader: 3, RolloutStopped: 1, DisableBrake: 2, EnableBrake: 1 },
  });
  await check('banners are ordered by severity, and link to the subscriptions that they count', () => visit(browser, world.url, {}, async (page) => {
    await page.route('**/api/v1/status', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: everything(await response.json()) });
    });
    await page.locator('#banner-confirm').waitFor();
    const banners = await page.locator('#banners > *').evaluateAll((nodes) => nodes.map((node) => ({
      id: node.id.slice('banner-'.length), text: node.innerText, links: [...node.querySelectorAll('a')].map((link) => [link.textContent, link.getAttribute('href')]) })));
    assert.deepEqual(banners.map((banner) => banner.id), ['incidents', 'frozen', 'leadership', 'rollout', 'config', 'restart', 'confirm', 'deadlines']);
    const [incidents, frozen, leadership, rollout, config, restart, confirm] = banners;
    assert.match(incidents.text, /^1,200 subscriptions fail for one cause: Throttled\. Affected: tenant .*, since .*\d\d:\d\d\. For example a, b\. Show the 1,200\s+Too many requests\.\s+40 subscriptions failed for one cause before the restart, and not all were observed since: Timeout\. Affected: Azure Resource Manager, since .*\d\d:\d\d\. For example c\.\s+No answer\.$/);
    assert.deepEqual(incidents.links, [['Show the 1,200', `?q=${tenant}&reason=Throttled#list`]]);
    assert.match(frozen.text, /^Writes are frozen until the freeze is removed\. year end \(ops\), since .*, by the API\. Protection may still be switched on\.\s+7 subscriptions wait for it\. Show the 7$/);
    assert.deepEqual(frozen.links[0][1], '?reason=Frozen#list');
    assert.match(leadership.text, /3 subscriptions wait for it\. Show the 3$/);
    assert.match(rollout.text, /^Too many failed\.\s+Rolled out: wave 0: 1,995 of 2,000, 4 failing\. Show the 1 that waits Show the 4 failing$/);
    assert.match(config.text, /not in force\. It has been bad since .*\d\d:\d\d\. The last good configuration, of .*\d\d:\d\d, stays in force\.\s+subscriptions\.yaml:3:1: bad$/);
    assert.equal(restart.text, 'Not all of the settings are in force: restart defenderd to apply these. server.listen, log.format');
    assert.match(confirm.text, /^Changes of 3 subscriptions are held .* safety\.confirm: 01234567 in the settings\. Show the 3$/);
    assert.deepEqual(confirm.links[0][1], '?reason=DisableBrake,EnableBrake#list');
    await page.getByRole('link', { name: 'Show the 3' }).last().click();
    assert.equal(await page.evaluate(() => location.search), '?reason=DisableBrake,EnableBrake');
    await page.getByText('0 of 4').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'list');
    assert.deepEqual(await violations(page), []);
    await page.unrouteAll({ behavior: 'wait' });
  }));
}
