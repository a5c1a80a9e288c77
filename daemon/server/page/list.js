// The list of subscriptions. Only visible rows exist in the document, so ten thousand cost no more than
// thirty.

import {actorText, h, stateBadge, STATE, timeNode, valueNode, words} from './text.js';

const OVERSCAN = 8;  // rows drawn above and below the visible ones

const ORDERS = {
  state: (a, b) => STATE[a.state].rank - STATE[b.state].rank || a.since - b.since || byName(a, b),
  name: byName,
  since: (a, b) => b.since - a.since || byName(a, b),
  change: (a, b) => b.change - a.change || byName(a, b),
};

function byName(a, b) {
  return a.sortName < b.sortName ? -1 : a.sortName > b.sortName ? 1 : a.id < b.id ? -1 : 1;
}

// '' unless a suspension has expired or ends within a day.
function suspensionText(until, now) {
  const left = until ? Date.parse(until) - now : Infinity;
  if (left <= 0) return 'suspension expired';
  return left <= 86400e3 ? 'suspension ends' : '';
}

// Adds values that sorting and filtering need repeatedly.
function prepared(item, now) {
  item.since = Date.parse(item.stateSince);
  item.change = item.lastChange ? Date.parse(item.lastChange) : 0;
  item.sortName = (item.name || item.id).toLowerCase();
  const actor = item.lastActor?.actor;
  item.suspension = suspensionText(item.suspendedUntil, now);
  item.haystack = [item.name, item.id, item.reason, item.message, item.owner, item.suspension, actor?.name, actor?.client]
      .join('\n').toLowerCase();
  return item;
}

// What a row says beside its reason: who changed it, for a day after it was corrected, and the message.
function explanation(item, now) {
  const isOver = item.state === 'in_sync';
  const isOld = isOver && now - Date.parse(item.lastActor?.seen) > 86400e3;
  const by = isOld ? '' : actorText(item.lastActor?.actor, now);
  if (isOver) return by && `Was changed ${by}`;
  return [by && `Changed ${by}`, item.message].filter(Boolean).join(': ');
}

export class List {
  constructor(table, body, {onOpen, serverNow}) {
    this.table = table;
    this.body = body;
    this.onOpen = onOpen;
    this.serverNow = serverNow;
    this.byId = new Map();
    this.view = [];
    this.text = '';
    this.states = new Set();
    this.order = 'state';
    this.drawn = new Map();  // index -> row element
    addEventListener('scroll', () => this.draw(), {passive: true});
    addEventListener('resize', () => this.redraw());
    body.addEventListener('click', (event) => this.clicked(event));
    body.addEventListener('keydown', (event) => this.keyPressed(event));
  }

  // Replaces all rows, or only those in `items`.
  update(items, all) {
    const now = this.serverNow();
    if (all) this.byId.clear();
    for (const item of items) this.byId.set(item.id, prepared(item, now));
    this.select();
  }

  select() {
    const text = this.text.trim().toLowerCase();
    const wanted = (item) => (this.states.size === 0 || this.states.has(item.state)) &&
        (text === '' || item.haystack.includes(text));
    this.view = [...this.byId.values()].filter(wanted).sort(ORDERS[this.order]);
    this.redraw();
  }

  redraw() {
    const focused = this.body.contains(document.activeElement) ? document.activeElement.hash : null;
    this.rowHeight = parseFloat(getComputedStyle(this.table).getPropertyValue('--row')) || 56;
    this.body.style.height = `${this.view.length * this.rowHeight}px`;
    this.table.setAttribute('aria-rowcount', this.view.length + 1);
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.draw();
    if (focused) this.body.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
  }

  draw() {
    const top = this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / this.rowHeight) - OVERSCAN);
    const last = Math.min(this.view.length,
        Math.ceil((innerHeight - top) / this.rowHeight) + OVERSCAN);
    for (const [index, row] of this.drawn) {
      if (index >= first && index < last) continue;
      row.remove();
      this.drawn.delete(index);
    }
    for (let index = first; index < last; ++index) {
      if (!this.drawn.has(index)) this.insert(index);
    }
  }

  // Keeps the order of the list in the document, for screen readers.
  insert(index) {
    const row = this.row(this.view[index], index);
    this.drawn.set(index, row);
    const next = [...this.body.children].find((other) => Number(other.getAttribute('aria-rowindex')) > index + 2);
    this.body.insertBefore(row, next ?? null);
  }

  row(item, index) {
    const now = this.serverNow();
    const cell = (name, ...content) => h('div', {role: 'cell', class: `c-${name}`}, ...content);
    const text = explanation(item, now);
    const row = h('div', {role: 'row', 'aria-rowindex': index + 2, class: `row r-${item.state}`},
        cell('state', stateBadge(item.state)),
        cell('name', h('a', {href: `#/${item.id}`}, item.name || item.id),
            item.mode === 'observe' ? h('span', {class: 'tag'}, 'observe') : null,
            item.suspension ? h('span', {class: 'tag', title: new Date(item.suspendedUntil).toLocaleString()}, item.suspension) : null,
            h('span', {class: 'id'}, item.id)),
        cell('plan', label('Plan '), valueNode(item.observed?.plan, item.desired.plan)),
        cell('evidence', label('Evidence '),
            valueNode(item.observed?.promptEvidence, item.desired.promptEvidence)),
        cell('why', h('strong', {}, words(item.reason)),
            text ? h('span', {title: text}, text) : null),
        cell('since', label('Since '), timeNode(item.stateSince, now)),
        cell('change', label('Changed '), timeNode(item.lastChange, now, 'none yet')));
    row.style.transform = `translateY(${index * this.rowHeight}px)`;
    return row;
  }

  clicked(event) {
    if (event.target.closest('a')) return;  // let the link work, also into a new tab
    if (String(getSelection())) return;     // the user is selecting text
    const link = event.target.closest('.row')?.querySelector('a');
    if (link) this.onOpen(link.hash.slice(2));
  }

  keyPressed(event) {
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10}[event.key];
    const row = event.target.closest('.row');
    if (!step || !row) return;
    event.preventDefault();
    const index = Math.min(Math.max(Number(row.getAttribute('aria-rowindex')) - 2 + step, 0), this.view.length - 1);
    const y = this.body.getBoundingClientRect().top + index * this.rowHeight;
    if (y < 120 || y + this.rowHeight > innerHeight) scrollBy(0, y - innerHeight / 2);
    this.draw();
    this.drawn.get(index)?.querySelector('a').focus({preventScroll: true});
  }
}

function label(text) {
  return h('span', {class: 'label', 'aria-hidden': 'true'}, text);
}
