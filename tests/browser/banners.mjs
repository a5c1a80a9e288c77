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
      assert.match(text, /^1 declared suspension has expired \(search for “suspension expired”\)\. 1 suspension ends within a day/);
      assert.match(text, /1 free trial ends within five days, the first on .*: from then on the plan is billed\.$/);
      await page.locator('#filter').fill('suspension expired');
      await page.getByText('1 of 4').waitFor();
      assert.match(await rowOf(page, 'was-suspended').innerText(), /suspension expired/);
      assert.deepEqual(await violations(page), []);
    }));
  });

  await withWorld({ fleet: waves(), settings: { safety: { pace: { stopAfterFailures: 1 } } } }, async (world, named) => {
    const banner = (page, name) => page.locator(`#banner-${name}`);
    await check('a stopped roll-out has a banner with its waves and the code', () => visit(browser, world.url, {}, async (page) => {
      await banner(page, 'rollout').waitFor();
      const text = await banner(page, 'rollout').innerText();
      assert.match(text, /1 .*`?confirm: [0-9a-f]{8}/);
      assert.match(text, /Rolled out: wave 0: 1 of 2, 1 failing; wave 10: 0 of 2\.$/);
      assert.match(await rowOf(page, 'rest-too').innerText(), /Held/);
      assert.deepEqual(await violations(page), []);
    }));
    await check('a freeze has a banner with its reason, who and until when, for its time', () => visit(browser, world.url, {}, async (page) => {
      world.settings.safety.freeze = [{ reason: MARKUP, by: QUOTES }, { reason: 'year end', until: '2099-01-01T00:00:00Z', owners: ['rest team'] }];
      await world.writeSettings();
      await banner(page, 'frozen').waitFor();
      const text = await banner(page, 'frozen').innerText();
      assert.ok(text.includes(`Writes are frozen until the freeze is removed. ${MARKUP} (${QUOTES}), since `), text);
      assert.match(text, /Writes of the subscriptions of rest team are frozen until .*2099.*year end, since .*, by .*defenderd\.yaml:\d+\./);
      assert.equal(await page.locator('main img, main svg, main script').count(), 0);
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
    await check('the roll-out goes on when its cause is gone, and its banner ends', () => visit(browser, world.url, {}, async (page) => {
      await world.drift(named('pilot-refused').id, { deniedByPolicy: false });
      await world.post('-/reconcile');
      await banner(page, 'rollout').waitFor({ state: 'detached' });
      await rowOf(page, 'rest-too').getByText('In sync').waitFor();
    }));
  });
}
