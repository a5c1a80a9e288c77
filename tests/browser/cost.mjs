// What a refresh of the page costs: node cost.mjs [FOLDER ...], in the environment that `run` sets. Each folder has
// the files of a page, such as an earlier one; without any it is the one of this tree. Of 10,000 rows and of 1,000,
// which are all in the document: while nothing changes, and while rows are observed as in a sweep of ten minutes.
// Prints the CPU time of the page's thread per refresh.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { until, World } from '../support/world.mjs';
import { launch } from './browser.mjs';
import { large } from './fleet.mjs';

const REFRESHES = 12;
const PERIOD_MS = 4000;  // of the page
const FASTER = 8;
const ROUNDS = 2;        // of each page, in turn
const SETTLED_MS = 100_000;
const own = new URL('../../daemon/server/page', import.meta.url).pathname;
const folders = process.argv.length > 2 ? process.argv.slice(2) : [own];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const browser = await launch();

// The page of a folder on the daemon of a world.
async function opened(world, folder) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(([period, faster]) => {
    const wait = globalThis.setTimeout;
    globalThis.setTimeout = (run, ms, ...rest) => wait(run, ms === period ? period / faster : ms, ...rest);
  }, [PERIOD_MS, FASTER]);
  await page.route((url) => /^\/([\w.]*\.(js|css|svg))?$/.test(url.pathname), async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1) || 'index.html';
    await route.fulfill({ contentType: TYPES[path.extname(name)], body: await readFile(path.join(folder, name)) });
  });
  await page.goto(world.url);
  await page.waitForFunction((count) => document.querySelector('#shown')?.textContent.replace(',', '') === String(count), world.fleet.length);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const refreshes = async (count) => { for (let n = 0; n < count; ++n) await page.waitForResponse(/api\/v1\/status$/); };
  await refreshes(3);
  const measure = async () => {
    const read = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    const before = await read();
    await refreshes(REFRESHES);
    const after = await read();
    const perRefresh = (name) => (after[name] - before[name]) * 1000 / REFRESHES;
    return [perRefresh('TaskDuration'), perRefresh('ScriptDuration'), perRefresh('LayoutDuration') + perRefresh('RecalcStyleDuration')];
  };
  return { measure, close: () => context.close() };
}

// Observes rows one after the other, as many as a sweep of ten minutes does in the time of a refresh.
function observe(world, perRefresh) {
  let next = 0;
  let stopped = false;
  const post = async () => {
    while (!stopped) {
      const start = performance.now();
      for (let n = 0; n < perRefresh; ++n) await world.post(`-/reconcile?subscription=${world.fleet[next++ % world.fleet.length].id}`);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, PERIOD_MS / FASTER - (performance.now() - start))));
    }
  };
  const done = post();
  return async () => { stopped = true; await done; };
}

const least = (values) => Math.min(...values);  // what else runs only adds

const worlds = [];
for (const count of [10_000, 1000]) {
  const world = await World.start({ fleet: large(count), settings: { poll: { interval: '60m', workers: 64 } } });
  await world.swept();
  worlds.push(world);
}
for (const world of worlds) {
  const count = world.fleet.length;
  // Ages of seconds change with each refresh, and those of minutes once a minute.
  await until('ages in minutes', async () => {
    const { now, lastSweep } = await world.json('api/v1/status');
    return Date.parse(now) - Date.parse(lastSweep) > SETTLED_MS;
  }, 2 * SETTLED_MS);
  for (const [what, perRefresh] of [['nothing changes', 0], ['rows are observed', Math.ceil(count / 150)]]) {
    const stop = perRefresh > 0 ? observe(world, perRefresh) : async () => {};
    const found = new Map(folders.map((folder) => [folder, []]));
    for (let round = 0; round < ROUNDS; ++round) {
      for (const folder of folders) {
        const { measure, close } = await opened(world, folder);
        found.get(folder).push(await measure());
        await close();
      }
    }
    await stop();
    for (const [folder, rounds] of found) {
      const [task, script, layout] = [0, 1, 2].map((n) => least(rounds.map((round) => round[n])).toFixed(1));
      console.log(`${count} rows, ${what}, ${folder}: ${task} ms per refresh (script ${script}, style and layout ${layout})`);
    }
  }
}
for (const world of worlds) await world.stop();
await browser.close();
