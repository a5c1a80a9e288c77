// The list: what sorts and filters it, its address, why it is not as declared, the export, paper.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { check } from '../peers/checks.mjs';
import { linkTo, PHONE, rowOf, scrollsSideways, violations, visit } from './browser.mjs';
import { until } from '../support/world.mjs';
import { formulas, large, many, mixed } from './fleet.mjs';

const shown = (page, want) => page.waitForFunction((text) => document.querySelector('#shown').textContent === text, want);
const names = (page) => page.locator('#rows .c-name a').allTextContents();
const header = (page, name) => page.getByRole('columnheader', { name });
const search = (page) => page.evaluate(() => location.search);

export async function checkList(browser, withWorld) {
  const settings = { safety: { maxDisablesPerSweep: 0 } };
  await withWorld({ fleet: mixed(), settings }, async (world, named) => {
    await check('the head has three truths, each of them a filter, and whose turn it is', () => visit(browser, world.url, {}, async (page) => {
      const truths = page.getByRole('list', { name: 'Is it as declared?' }).getByRole('listitem');
      const { known, subscriptions } = await world.json('api/v1/status');
      const texts = await truths.allInnerTexts();
      assert.match(texts[0], new RegExp(`^${known.asDeclared}\\s+as declared$`));
      assert.match(texts[1], new RegExp(`^${known.different}\\s+different\\s+the oldest for \\d+ (s|min), 1 suspended$`));
      assert.match(texts[2], new RegExp(`^${known.notKnown}\\s+not known\\s+last known: 1 never observed$`));
      assert.equal(known.asDeclared + known.different + known.notKnown, subscriptions);
      assert.match(await page.locator('#turn').innerText(), /^\d need action \(operator \d, owners? \d\).*1 only reported; the oldest for /);
      await truths.nth(2).getByRole('link').click();
      await shown(page, '1 of 20');
      assert.deepEqual(await names(page), ['archive-2023']);
      await page.getByRole('link', { name: 'Remove the filter not known' }).click();
      await shown(page, '20');
    }));
    await check('why: counts by reason and by owner filter the list, and the back button leaves the filter', () => visit(browser, world.url, {}, async (page) => {
      const reasons = page.getByRole('list', { name: 'By reason' }).getByRole('listitem');
      const owners = page.getByRole('list', { name: 'By owner' }).getByRole('listitem');
      const { byReason } = await world.json('api/v1/status');
      assert.match(await reasons.filter({ hasText: 'Disable brake' }).innerText(), new RegExp(`^${byReason.DisableBrake}\\s+Disable brake\\s+operator: check and confirm\\s+for `));
      assert.match(await reasons.filter({ hasText: 'Policy denied' }).innerText(), /owner: exempt it from the policy/);
      await reasons.filter({ hasText: 'Disable brake' }).getByRole('link').click();
      await shown(page, `${byReason.DisableBrake} of 20`);
      assert.equal(await search(page), '?reason=DisableBrake');
      assert.equal(await page.evaluate(() => document.activeElement.dataset.key), 'reasons:DisableBrake', 'the focus stays');
      await owners.filter({ hasText: 'legal' }).getByRole('link').click();
      await shown(page, '1 of 20');
      assert.deepEqual(await names(page), ['client-files']);
      await page.goBack();
      await shown(page, `${byReason.DisableBrake} of 20`);
      await page.goBack();
      await shown(page, '20');
      await page.goForward();
      await shown(page, `${byReason.DisableBrake} of 20`);
      await page.locator('#filters').getByRole('link', { name: 'Show all' }).click();
      await shown(page, '20');
    }));
    await check('headers sort, both ways, and the select follows', () => visit(browser, world.url, {}, async (page) => {
      const all = world.fleet.map((one) => one.name).sort();
      await header(page, 'Subscription').getByRole('button').click();
      assert.equal(await header(page, 'Subscription').getAttribute('aria-sort'), 'ascending');
      assert.deepEqual(await names(page), all);
      assert.equal(await page.getByLabel('Sort by').inputValue(), 'name');
      await header(page, 'Subscription').getByRole('button').click();
      assert.equal(await header(page, 'Subscription').getAttribute('aria-sort'), 'descending');
      assert.deepEqual(await names(page), all.toReversed());
      assert.equal(await search(page), '?sort=-name');
      await page.getByLabel('Sort by').selectOption('owner');
      assert.equal(await header(page, 'Owner').getAttribute('aria-sort'), 'ascending');
      assert.equal(await header(page, 'Subscription').getAttribute('aria-sort'), null);
      assert.equal((await names(page))[0], 'agents-prod');
      await page.goBack();
      assert.deepEqual(await names(page), all.toReversed());
    }));
    await check('an address opens what it was copied from', async () => {
      const address = '?q=prod&state=failing,held,in_sync&within=24h&sort=-name&rows=compact';
      await visit(browser, world.url, { hash: address }, async (page) => {
        const expected = world.fleet.map((one) => one.name).filter((name) => name.includes('prod')).sort().reverse();
        assert.deepEqual(await names(page), expected);
        assert.equal(await page.locator('#filter').inputValue(), 'prod');
        assert.equal(await page.getByRole('combobox', { name: 'Changed' }).inputValue(), '24h');
        assert.equal(await page.getByRole('group', { name: 'Show only these states' }).getByRole('button', { pressed: true }).count(), 3);
        assert.match(await page.locator('#list').getAttribute('class'), /compact/);
        assert.deepEqual(await violations(page), []);
        await linkTo(page, 'chat-prod').click();
        await page.locator('#details-body table').first().waitFor();
        await page.keyboard.press('Escape');
        assert.equal(await search(page), address, 'the details leave it as it is');
      });
      await visit(browser, world.url, { hash: `?owner=legal&owner=claims#/${named('client-files').id}` }, async (page) => {
        await page.getByRole('dialog', { name: 'client-files' }).waitFor();
        await page.keyboard.press('Escape');
        assert.deepEqual((await names(page)).sort(), ['claims-assistant', 'client-files']);
      });
    });
    await check('search finds the file that declares a subscription, and its tags in Azure', () => visit(browser, world.url, {}, async (page) => {
      const [row] = (await world.json(`api/v1/subscriptions?q=${named('kiosk').id}`)).items;
      for (const [text, name] of [[row.source, 'kiosk'], ['COSTCENTER=4711', 'warehouse']]) {
        await page.locator('#filter').fill(text);
        await shown(page, '1 of 20');
        assert.deepEqual(await names(page), [name]);
      }
      await linkTo(page, 'warehouse').click();
      await page.getByRole('dialog').getByText('costCenter=4711, site=north').waitFor();
      await page.keyboard.press('Escape');
      await world.drift(named('warehouse').id, { tags: { costCenter: '4712' } });
      await world.post('-/reconcile');
      await page.locator('#filter').fill('costcenter=4712');
      await shown(page, '1 of 20');
    }));
    await check('an observation as before changes no row, and reads no change again', () => visit(browser, world.url, {}, async (page) => {
      const seen = async () => (await world.json(`api/v1/subscriptions/${named('kiosk').id}`)).lastObserved;
      const refreshed = async () => { for (let n = 0; n < 2; ++n) await page.waitForResponse(/api\/v1\/undeclared/); };
      await page.locator('#filter').fill('kiosk');
      await refreshed();
      const asked = [];
      page.on('request', (request) => { asked.push(request.url()); });
      await page.evaluate(() => {
        window.changed = [];
        new MutationObserver((records) => window.changed.push(...records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.nodeType === 1).map((node) => node.outerHTML)))
            .observe(document.querySelector('#rows'), { childList: true, subtree: true });
      });
      const before = await seen();
      await world.post(`-/reconcile?subscription=${named('kiosk').id}`);
      await until('an observation', async () => await seen() !== before);
      await refreshed();
      assert.ok(asked.some((url) => url.includes('api/v1/subscriptions?')), 'its row was read');
      assert.deepEqual(asked.filter((url) => url.includes('api/v1/changes')), []);
      assert.deepEqual(await page.evaluate(() => window.changed), []);
      assert.equal(await rowOf(page, 'kiosk').count(), 1);
    }));
    await check('what is typed is one step back', () => visit(browser, world.url, {}, async (page) => {
      await page.locator('#filter').pressSequentially('chat');
      await shown(page, '2 of 20');
      await page.goBack();
      await shown(page, '20');
      assert.equal(await page.locator('#filter').inputValue(), '');
    }));
    await check('times are in the zone of the reader, with UTC in the tooltip, and no sentence has a timestamp', () =>
      visit(browser, world.url, { zone: 'Asia/Tokyo' }, async (page) => {
        const titles = await page.locator('#rows .c-since time').evaluateAll((times) => times.map((time) => time.title));
        assert.ok(titles.length > 10);
        for (const title of titles) assert.match(title, /GMT\+9 · .* UTC$/);
        const [row] = (await world.json('api/v1/subscriptions?q=client-files')).items;
        const utc = new Date(row.stateSince).toISOString().slice(11, 19);
        assert.ok((await rowOf(page, 'client-files').locator('.c-since time').getAttribute('title')).endsWith(`${utc} UTC`));
        assert.match(await rowOf(page, 'migration-eu').innerText(), /suspended until 24 Dec 2099, 09:00/);
        const stamps = () => page.evaluate(() => document.body.innerText.match(/\d{4}-\d\d-\d\dT\d\d:\d\d/g));
        assert.equal(await stamps(), null);
        for (const name of ['migration-eu', 'client-files']) {
          await linkTo(page, name).click();
          await page.locator('#details-body table').first().waitFor();
          assert.equal(await stamps(), null);
          await page.keyboard.press('Escape');
        }
      }));
    await check('the next sweep is never in the past', () => visit(browser, world.url, {}, async (page) => {
      const next = page.locator('#facts div').filter({ hasText: 'Next sweep' }).locator('dd');
      assert.match(await next.innerText(), /^in \d+ s$|^due now$|^now$/);
      await page.route('**/api/v1/status', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...await response.json(), nextSweep: '2026-01-01T00:00:00Z' } });
      });
      await next.getByText('due now').waitFor();
      await page.unrouteAll({ behavior: 'wait' });
    }));
    await check('the glossary says what managed, unmanaged, observe and enforce mean', () => visit(browser, world.url, {}, async (page) => {
      await page.getByRole('link', { name: 'Glossary' }).click();
      const terms = page.getByRole('region', { name: 'Glossary' });
      for (const term of ['managed', 'unmanaged', 'mode observe', 'mode enforce']) await terms.getByRole('term').filter({ hasText: term }).first().waitFor();
    }));
  });
  await checkExport(browser, withWorld);
  await checkMany(browser, withWorld);
}

// RFC 4180, as a reader has it.
function parseCsv(text) {
  const rows = [[]];
  let cell = '';
  for (let i = 0, quoted = false; i < text.length; ++i) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === ',') { rows.at(-1).push(cell); cell = ''; }
    else if (!quoted && c === '\r' && text[i + 1] === '\n') { rows.at(-1).push(cell); cell = ''; rows.push([]); ++i; }
    else cell += c;
  }
  assert.deepEqual(rows.pop(), [], 'the last line ends');
  return rows;
}

async function checkExport(browser, withWorld) {
  await withWorld({ fleet: formulas() }, async (world) => {
    const exported = async (page) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
      assert.match(download.suggestedFilename(), /^defenderd-\d{4}-\d\d-\d\d\.csv$/);
      const text = await readFile(await download.path(), 'utf8');
      assert.equal(text[0], '\ufeff');
      const [head, ...rows] = parseCsv(text.slice(1));
      return rows.map((row) => { assert.equal(row.length, head.length); return Object.fromEntries(head.map((name, i) => [name, row[i]])); });
    };
    await check('the export has what is shown, and no cell that a spreadsheet would run', () => visit(browser, world.url, { hash: '?sort=name' }, async (page) => {
      const rows = await exported(page);
      assert.deepEqual(rows.map((row) => row.name).sort(), world.fleet.map(({ name }) => (/^[=+\-@]/.test(name) ? `'${name}` : name)).sort());
      const of = (id) => rows.find((row) => row.id === id);
      for (const one of world.fleet) assert.equal(of(one.id).owner.replaceAll("'", ''), one.declared.owner ?? '');
      for (const row of rows) for (const cell of Object.values(row)) assert.doesNotMatch(cell, /(^|;)[=+\-@\t\r]/);
      const [api] = (await world.json(`api/v1/subscriptions?q=${world.fleet[0].id}`)).items;
      assert.equal(of(api.id).stateSince, api.stateSince);
      assert.equal(of(api.id).observedPlan, 'on');
    }));
    await check('a filtered list is exported filtered, in its order', () => visit(browser, world.url, { hash: '?q=quoted&sort=-name' }, async (page) => {
      const rows = await exported(page);
      assert.deepEqual(rows.map((row) => row.name), await names(page));
      assert.equal(rows.length, 2);
    }));
  });
}

async function checkMany(browser, withWorld) {
  await withWorld({ fleet: many(1000) }, async (world) => {
    await check('a thousand rows are in the document, for the search of the browser', () => visit(browser, world.url, {}, async (page) => {
      await page.waitForFunction(() => document.querySelectorAll('#rows .row').length === 1000);
      const order = await page.locator('#rows .row').evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))));
      assert.deepEqual(order, order.map((_, i) => i + 2));
      const last = (await names(page)).at(-1);
      assert.equal(await page.evaluate((text) => window.find(text), last), true);
      assert.equal(await page.evaluate(() => document.getSelection().anchorNode.parentElement.closest('.row').querySelector('a').textContent), last);
      assert.match(await page.locator('#list').getAttribute('class'), /compact/, 'a large fleet has low rows');
      assert.equal(await page.locator('#shown').innerText(), '1,000');
      await page.getByRole('button', { name: 'Tall rows' }).click();
      assert.equal(await search(page), '?rows=tall');
      assert.deepEqual(await violations(page), []);
    }));
    await check('paper has every row, one below the other', () => visit(browser, world.url, {}, async (page) => {
      assert.equal(await printedRows(page), 1000);
      assert.equal(await page.locator('#printed').innerText(), '');
    }));
    await check('a phone scrolls a thousand rows down, never sideways', () => visit(browser, world.url, { viewport: PHONE }, async (page) => {
      assert.equal(await scrollsSideways(page), '');
    }));
  });
  await withWorld({ fleet: large(2000), settings: { poll: { interval: '10m', workers: 64 } } }, async (world) => {
    await check('of a longer list the first thousand are printed, and the paper says so', () => visit(browser, world.url, {}, async (page) => {
      assert.ok(await page.locator('#rows .row').count() < 100, 'only the visible ones are in the document');
      assert.equal(await printedRows(page), 1000);
      assert.match(await page.locator('#printed').innerText(), /^These are the first 1,000 of 2,000\./);
      await page.emulateMedia({ media: 'screen' });
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      assert.ok(await page.locator('#rows .row').count() < 100);
    }));
  });
}

// Prints as far as the paper, and counts the rows that do not overlap.
async function printedRows(page) {
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  return page.evaluate(() => {
    let count = 0;
    let bottom = 0;
    for (const row of document.querySelectorAll('#rows .row')) {
      const box = row.getBoundingClientRect();
      if (box.height > 0 && box.top >= bottom - 1) ++count;
      bottom = box.bottom;
    }
    return count;
  });
}
