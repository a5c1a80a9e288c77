// Polls the daemon: its status every few seconds, and the rows that changed since. Wires the parts of the
// page together.

import {getJson, Pulse} from './api.js';
import {Banners} from './banners.js';
import {Controls} from './controls.js';
import {Details} from './details.js';
import {drawFacts} from './facts.js';
import {Findings} from './findings.js';
import {History} from './history.js';
import {List} from './list.js';
import {Address, formatQuery, only, toggled} from './query.js';
import {h, hidden, setContent, setText} from './text.js';
import {bothZones, clockText, spanText} from './times.js';
import {Undeclared} from './undeclared.js';
import {othersText, sweepText, truths, turnSentence, verdict} from './verdict.js';
import {Why} from './why.js';

const PERIOD_MS = 4000;
const PAGE = 10000;  // the most rows in one answer

const at = (id) => document.getElementById(id);
let status = null;
let clockSkew = 0;  // the server's clock minus this machine's, in milliseconds
const nothingSeen = {replica: '', started: null, desired: -1, board: 0};
let seen = nothingSeen;

const serverNow = () => Date.now() + clockSkew;
const pulse = new Pulse();
const address = new Address((isTyping) => showQuery(isTyping));
const banners = new Banners(at('banners'));
const list = new List(at('list'), at('rows'), {onOpen: (id) => location.assign(`#/${id}`), serverNow, onSelect: () => controls.drawShown(status)});
const controls = new Controls({list, address, serverNow});
const why = new Why(at('why'));
const timeline = new History(at('history'), {getJson, serverNow});
const details = new Details(at('details'), {serverNow, onReconcile: (id, button) =>
  press(button, `-/reconcile?subscription=${encodeURIComponent(id)}`)});

const undeclared = new Undeclared(at('undeclared'), {getJson, serverNow, onNews: (kind, text) =>
  banners.set('undeclared', kind, text, ' ', h('a', {href: '#undeclared'}, 'Show them'))});

const findings = new Findings(at('findings'), {getJson, serverNow, onCount: (text) => {
  setContent(at('found'), ...(text ? [`${text}: `, h('a', {href: '#findings'}, 'show them')] : []));
  hidden(at('found'), text === '');
}});

// The filter in the address changed. While somebody types, only the list follows at once.
let headSoon;
function showQuery(isTyping) {
  controls.show(address.query);
  list.select(address.query);
  clearTimeout(headSoon);
  if (status === null) return;
  if (isTyping) headSoon = setTimeout(drawHead, 200);
  else drawHead();
  drawHistory().catch((error) => console.warn(error));
}

async function fetchRows() {
  if (status.sharedState !== null) {  // only the leader has rows
    list.update([], true);
    seen = nothingSeen;
    return;
  }
  const replica = status.leadership?.identity ?? '';
  const all = seen.replica !== replica || seen.started !== status.started || seen.desired !== status.desiredRevision;
  if (!all && seen.board === status.boardRevision) return;
  const items = [];
  let answer;
  do {
    const since = all ? 0 : seen.board;
    answer = await getJson(`api/v1/subscriptions?limit=${PAGE}&offset=${items.length}&since=${since}`);
    items.push(...answer.items);
  } while (items.length < answer.matched && answer.items.length > 0);
  // Changes made while several pages were loaded are requested again next time.
  seen = {replica, started: status.started, desired: status.desiredRevision, board: status.boardRevision};
  if (list.update(items, all)) list.select(address.query);
}

// An observation as before is no change.
function drawHistory() {
  const {started, desiredRevision, config, freezes} = status;
  const revision = JSON.stringify([started, desiredRevision, config.settingsHash, freezes, list.revision]);
  return timeline.refresh(address.query, revision, status.sharedState !== null);
}

async function step() {
  pulse.asked();
  try {
    status = await getJson('api/v1/status');
    clockSkew = Date.parse(status.now) - Date.now();
    await fetchRows();
    pulse.answered();
    draw();
    if (status.sharedState === null) {
      await details.refresh();
      await findings.refresh();
      await undeclared.refresh();
    }
    await drawHistory();
  } catch (error) {
    console.warn(error);  // the page shows it as well
  }
  drawSilence();
  for (const link of document.querySelectorAll('#parts a')) hidden(link, at(link.hash.slice(1)).hidden);
}

async function press(button, path) {
  button.disabled = true;
  const before = button.textContent;
  try {
    const response = await fetch(path, {method: 'POST'});
    const text = (await response.text()).trim();
    button.textContent = response.ok ? 'Done' : 'Refused';
    const waits = response.status === 202 && path.endsWith('reload');
    banners.set('press', response.ok ? (waits ? 'note' : null) : 'bad', text);
  } catch {
    button.textContent = 'No answer';
  }
  await step();
  setTimeout(() => {
    button.textContent = before;
    button.disabled = false;
  }, 1500);
}

// What is known of the fleet, in colour only while the daemon answers.
function drawHead() {
  const now = serverNow();
  const {query} = address;
  const {sums} = list;
  const [kind, text] = verdict(status, sums, now);
  at('verdict').className = kind;
  setText(at('verdict'), pulse.isSilent ? `Last known: ${text.charAt(0).toLowerCase()}${text.slice(1)}` : text);
  document.title = `${pulse.isSilent ? 'No answer' : text} · defenderd`;
  setContent(at('truths'), ...truths(status, sums, now, {active: query.known,
    link: (known) => `${formatQuery(query.known.has(known) ? toggled(query, 'known', known) : only(query, {known: new Set([known])}))}#list`}));
  setText(at('turn'), status.sharedState ? othersText(status.sharedState) : turnSentence(sums, now));
  hidden(at('turn'), at('turn').textContent === '');
  const {sweep} = status;
  setText(at('sweep-text'), sweepText(sweep, status.retries.subscriptions, now));
  hidden(at('sweep'), at('sweep-text').textContent === '');
  if (sweep?.first) {
    at('sweep-progress').max = sweep.total;
    at('sweep-progress').value = sweep.observed;
  }
  why.draw(sums, query, now);
  controls.drawCounts(status, query);
  banners.draw(status, query, now);
}

function draw() {
  const now = serverNow();
  setText(at('about'), `${status.version} · up ${spanText(Math.max(0, Math.round((now - Date.parse(status.started)) / 1000)))}`);
  at('about').title = `started ${bothZones(status.started)}`;
  hidden(at('actions'), !status.lifecycle || status.sharedState !== null);
  drawHead();
  drawFacts(at('facts'), status, now, pulse.isSilent);
  controls.drawShown(status);
  if (list.refresh(now) || address.query.within) list.select(address.query);
}

// A daemon that does not answer has no verdict: the last one stands in grey, with its time.
function drawSilence() {
  const {isSilent, lastAnswer} = pulse;
  const text = !isSilent ? '' : lastAnswer === null ? 'defenderd does not answer.' :
    `defenderd has not answered since ${clockText(lastAnswer)}. This page shows what was known then.`;
  if (at('silent').textContent === text) return;
  setText(at('silent'), text);
  at('silent').title = lastAnswer === null ? '' : bothZones(lastAnswer);
  hidden(at('silent'), text === '');
  document.body.classList.toggle('silent', isSilent);
  if (status === null) setText(at('verdict'), isSilent ? 'Not known' : 'Loading …');
  else draw();
}

function followAddress() {
  const id = location.hash.startsWith('#/') ? decodeURIComponent(location.hash.slice(2)) : '';
  if (id) details.open(id, status?.lifecycle ?? false);
  else if (details.dialog.open) details.dialog.close();
}

at('reconcile-all').addEventListener('click', (event) => press(event.currentTarget, '-/reconcile'));
at('reload').addEventListener('click', (event) => press(event.currentTarget, '-/reload'));
addEventListener('hashchange', followAddress);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.matches('input, select, textarea') || details.dialog.open) return;
  event.preventDefault();
  at('filter').focus();
});

// One step at a time, a period apart; none while the page is hidden.
async function follow() {
  if (!document.hidden) await step();
  setTimeout(follow, PERIOD_MS);
}
document.addEventListener('visibilitychange', () => {
  pulse.waitingSince = null;  // nothing was asked meanwhile
  if (!document.hidden) step();
});
setInterval(drawSilence, 1000);
controls.show(address.query);
await step();
followAddress();
setTimeout(follow, PERIOD_MS);
