// What the head of the page says of all rows: counted in one pass, and only after a row has changed.

import {turnOf} from './reasons.js';

const isOpen = (item) => !['in_sync', 'unknown', 'suspended'].includes(item.state);
const isPeoples = (turn) => turn !== 'waits' && turn !== 'reported';

function addTo(groups, key, item) {
  let group = groups.get(key);
  if (group === undefined) groups.set(key, group = {count: 0, first: Infinity, reasons: new Map()});
  ++group.count;
  group.first = Math.min(group.first, item.since);
  group.reasons.set(item.reason, (group.reasons.get(item.reason) ?? 0) + 1);
}

// [[key, {count, first, reasons}]], the largest first.
const largestFirst = (groups) => [...groups].sort(([a, {count: m}], [b, {count: n}]) => n - m || (a < b ? -1 : 1));

// Times are in milliseconds; Infinity is none.
export function sumsOf(rows) {
  const reasons = new Map();
  const owners = new Map();
  const sums = {
    different: {count: 0, suspended: 0, first: Infinity},  // `count` and `first` without the suspended ones
    lastSeen: Infinity,  // the oldest observation of one that is not known now
    turns: {owner: 0, operator: 0, retried: 0, waits: 0, reported: 0, none: 0},
    firstTurn: Infinity,
  };
  for (const item of rows) {
    if (item.state === 'in_sync') continue;
    addTo(reasons, item.reason, item);
    addTo(owners, item.owner ?? '', item);
    if (item.known === 'not_known' && item.lastObserved) sums.lastSeen = Math.min(sums.lastSeen, Date.parse(item.lastObserved));
    if (item.known === 'different' && item.state === 'suspended') ++sums.different.suspended;
    if (item.known === 'different' && item.state !== 'suspended') {
      ++sums.different.count;
      sums.different.first = Math.min(sums.different.first, item.since, ...(item.drift ?? []).map((drift) => Date.parse(drift.since)));
    }
    if (!isOpen(item)) continue;
    const turn = turnOf(item.reason);
    ++sums.turns[turn];
    if (isPeoples(turn)) sums.firstTurn = Math.min(sums.firstTurn, item.since);
  }
  return {...sums, reasons: largestFirst(reasons), owners: largestFirst(owners)};
}
