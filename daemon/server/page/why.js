// Why the fleet is not as declared: how many by reason and by owner. Each is a link that filters the list.

import {formatQuery, toggled} from './query.js';
import {turnText} from './reasons.js';
import {h, number, plural, setContent, words} from './text.js';
import {sinceNode} from './times.js';

const SHOWN = 5;  // the others are behind a switch

// [[key, {count, first, reasons}]], the largest first.
function grouped(rows, keyOf) {
  const groups = new Map();
  for (const item of rows) {
    if (item.state === 'in_sync') continue;
    const key = keyOf(item);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, group = {count: 0, first: Infinity, reasons: new Map()});
    ++group.count;
    group.first = Math.min(group.first, item.since);
    group.reasons.set(item.reason, (group.reasons.get(item.reason) ?? 0) + 1);
  }
  return [...groups].sort(([a, {count: m}], [b, {count: n}]) => n - m || (a < b ? -1 : 1));
}

function mostly(reasons) {
  const sorted = [...reasons].sort(([, m], [, n]) => n - m);
  const [reason] = sorted[0];
  return sorted.length === 1 ? words(reason).toLowerCase() : `mostly ${words(reason).toLowerCase()}`;
}

export class Why {
  constructor(node) {
    this.node = node;
    this.lists = {reasons: node.querySelector('#why-reasons'), owners: node.querySelector('#why-owners')};
    this.opened = new Set();
    node.addEventListener('click', (event) => {
      const more = event.target.closest('button[data-list]');
      if (!more) return;
      if (!this.opened.delete(more.dataset.list)) this.opened.add(more.dataset.list);
      this.draw(...this.last);
    });
  }

  draw(rows, query, now) {
    this.last = [rows, query, now];
    const byReason = grouped(rows, (item) => item.reason);
    this.node.hidden = byReason.length === 0;
    this.list('reasons', byReason, query, now, words, (reason) => turnText(reason));
    this.list('owners', grouped(rows, (item) => item.owner ?? ''), query, now, (owner) => owner || 'no owner', (_, group) => mostly(group.reasons));
  }

  list(key, groups, query, now, label, more) {
    const all = this.opened.has(key) || groups.length <= SHOWN + 1;
    const lines = (all ? groups : groups.slice(0, SHOWN)).map(([value, group]) => {
      const isOn = query[key].has(value);
      return h('li', {}, h('a', {href: `${formatQuery(toggled(query, key, value))}`, 'data-key': `${key}:${value}`, 'aria-current': isOn ? 'true' : null},
          h('strong', {}, number(group.count)), ' ', h('span', {}, label(value))),
      h('span', {class: 'hint'}, more(value, group)), sinceNode(new Date(group.first).toISOString(), now));
    });
    const rest = groups.length - SHOWN;
    if (groups.length > SHOWN + 1) {
      lines.push(h('li', {}, h('button', {type: 'button', 'data-list': key, 'data-key': `${key} more`, 'aria-expanded': String(all)},
          all ? 'Show fewer' : `Show ${plural(rest, 'more', 'more')}`)));
    }
    setContent(this.lists[key], ...lines);
  }
}
