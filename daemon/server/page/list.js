// The list of subscriptions. A short list is in the document as a whole, so that the browser's search and
// printing find it. Of a long one only the visible rows are: ten thousand cost no more than thirty.

import {matcher} from './query.js';
import {STATE} from './reasons.js';
import {looksAlike, prepared, rowNode} from './row.js';
import {sumsOf} from './sums.js';
import {HOUR_MS, MINUTE_MS, refreshTimes} from './times.js';

const SHORT = 1000;   // rows
export const PRINTED = SHORT;
const OVERSCAN = 8;   // rows above and below the visible ones
const MANY = 200;     // of these the browser lays out only the visible ones
const AT_ONCE = 80;   // new rows between two frames

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a, b) => byText(a.sortName, b.sortName) || byText(a.id, b.id);
// In their natural direction: the worst and the latest first, texts from A to Z.
const ORDERS = {
  state: (a, b) => STATE[a.state].rank - STATE[b.state].rank || a.since - b.since || byName(a, b),
  name: byName,
  owner: (a, b) => byText(a.sortOwner === '', b.sortOwner === '') || byText(a.sortOwner, b.sortOwner) || byName(a, b),
  reason: (a, b) => byText(a.reason, b.reason) || byName(a, b),
  since: (a, b) => b.since - a.since || byName(a, b),
  change: (a, b) => b.change - a.change || byName(a, b),
};

export class List {
  // onSelect(): after the rows or the filter changed.
  constructor(table, body, {onOpen, onSelect, serverNow}) {
    this.table = table;
    this.body = body;
    this.onOpen = onOpen;
    this.onSelect = onSelect;
    this.serverNow = serverNow;
    this.byId = new Map();
    this.revision = 0;    // increases if what a row shows has changed
    this.sorted = [];     // all of them
    this.view = [];       // those that the filter selects
    this.shown = new Map();  // id -> {item, index, node} in the document
    this.isPrinting = false;
    addEventListener('scroll', () => this.place(), {passive: true});
    addEventListener('resize', () => this.redraw());
    addEventListener('beforeprint', () => this.print(true));
    addEventListener('afterprint', () => this.print(false));
    body.addEventListener('click', (event) => this.clicked(event));
    body.addEventListener('keydown', (event) => this.keyPressed(event));
  }

  // Replaces all rows, or only those in `items`. Most observations change nothing that is shown: their rows
  // stay as they are. Whether select() must follow.
  update(items, all) {
    const now = this.serverNow();
    let isChanged = all;
    this.hour ??= Math.floor(now / HOUR_MS);
    if (all) this.byId.clear();
    for (const item of items) {
      const before = this.byId.get(item.id);
      if (before !== undefined && looksAlike(before, item)) {
        Object.assign(before, item);
      } else {
        this.byId.set(item.id, prepared(item, now));
        isChanged = true;
      }
    }
    if (isChanged) this.changed();
    return isChanged;
  }

  changed() {
    ++this.revision;
    this.isSorted = false;
    this.counted = undefined;
  }

  // See sums.js.
  get sums() { return this.counted ??= sumsOf(this.byId.values()); }

  // The ages of visible rows, once a minute those of all, and once an hour also what else depends on the time of
  // day. Whether select() must follow.
  refresh(now) {
    const hour = Math.floor(now / HOUR_MS);
    if (hour === this.hour) {
      const [first, last] = now - this.aged < MINUTE_MS ? this.visible() : [0, Infinity];
      if (last === Infinity) this.aged = now;
      for (const {index, node} of this.shown.values()) {
        if (index >= first && index < last) refreshTimes(node, now);
      }
      return false;
    }
    this.hour = hour;
    for (const [id, item] of this.byId) this.byId.set(id, prepared({...item}, now));
    this.changed();
    return true;
  }

  sort(order) {
    if (this.isSorted && this.order === order) return;
    // Few have moved, which is fast, unless the order is another one.
    const rows = this.order === order && this.sorted.length === this.byId.size ? this.sorted.map(({id}) => this.byId.get(id)) : [...this.byId.values()];
    const compare = ORDERS[order.replace(/^-/, '')];
    this.sorted = rows.sort(order.startsWith('-') ? (a, b) => compare(b, a) : compare);
    this.order = order;
    this.isSorted = true;
  }

  select(query) {
    this.sort(query.sort);
    this.view = this.sorted.filter(matcher(query, this.serverNow()));
    const isCompact = query.rows === 'compact' || (query.rows === '' && this.byId.size > 500);
    this.table.classList.toggle('compact', isCompact);
    this.redraw();
    this.onSelect();
  }

  redraw() {
    this.rowHeight = parseFloat(getComputedStyle(this.table).getPropertyValue('--row')) || 56;
    this.body.style.height = `${this.view.length * this.rowHeight}px`;
    this.table.setAttribute('aria-rowcount', this.view.length + 1);
    this.table.classList.toggle('many', this.view.length > MANY);
    const focused = this.body.contains(document.activeElement) ? document.activeElement.hash : null;
    this.isPlaced = false;
    this.place();
    if (focused) this.body.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
  }

  get isShort() { return this.view.length <= SHORT; }

  visible() {
    const {top} = this.body.getBoundingClientRect();
    return [Math.max(0, Math.floor(-top / this.rowHeight) - OVERSCAN),
      Math.min(this.view.length, Math.ceil((innerHeight - top) / this.rowHeight) + OVERSCAN)];
  }

  // Puts rows into the document in the order of the list: the visible ones now, the others of a short list
  // soon. Rows that stay are not touched.
  place(budget = 0) {
    if (this.isPlaced || this.isPrinting) return;
    clearTimeout(this.soon);
    const [first, last] = this.visible();
    const [lo, hi] = this.isShort ? [0, this.view.length] : [first, last];
    const wanted = [];
    for (let index = lo; index < hi; ++index) {
      const item = this.view[index];
      const isNew = this.shown.get(item.id)?.item !== item;
      if (!isNew || (index >= first && index < last) || --budget >= 0) wanted.push([index, item]);
    }
    this.insert(wanted);
    this.isPlaced = this.isShort && wanted.length === this.view.length;
    if (this.isShort && !this.isPlaced) this.soon = setTimeout(() => this.place(AT_ONCE));
  }

  // Exactly these rows, [index, item].
  insert(wanted) {
    const now = this.serverNow();
    const before = this.shown;
    this.shown = new Map(wanted.map(([index, item]) => [item.id, {item, index, node: before.get(item.id)?.item === item ? before.get(item.id).node : null}]));
    for (const [id, row] of before) {
      if (this.shown.get(id)?.node !== row.node) row.node.remove();
    }
    let next = this.body.firstChild;
    for (const row of this.shown.values()) {
      const old = row.node !== null;
      row.node ??= rowNode(row.item, now);
      if (!old || before.get(row.item.id).index !== row.index) {
        row.node.setAttribute('aria-rowindex', row.index + 2);
      }
      const y = `translateY(${row.index * this.rowHeight}px)`;
      if (row.node.style.transform !== y) row.node.style.transform = y;
      if (row.node === next) next = next.nextSibling;
      else this.body.insertBefore(row.node, next);
    }
  }

  // On paper the rows stand one below the other: the first of a long list.
  print(isPrinting) {
    this.isPrinting = isPrinting;
    if (isPrinting) this.insert(this.view.slice(0, SHORT).map((item, index) => [index, item]));
    else this.redraw();
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
    if (y < 160 || y + this.rowHeight > innerHeight) scrollBy(0, y - innerHeight / 2);
    this.place();
    this.shown.get(this.view[index].id)?.node.querySelector('a').focus({preventScroll: true});
  }
}
