// The feed of recent changes: the newest ones, and older ones on request, as far back as the time range of the
// address goes.

import {feedItem} from './changes.js';
import {formatQuery} from './query.js';
import {h, hidden, plural, setContent, setText} from './text.js';
import {DAY_MS, refreshTimes} from './times.js';

const FRESH_MS = 60_000;
const FIRST = 20;  // changes
const MORE = 50;
const MOST = 500;  // in one answer

export class Feed {
  // `at(part)` is an element of the section.
  constructor({at, getJson, serverNow}) {
    this.at = at;
    this.getJson = getJson;
    this.serverNow = serverNow;
    this.items = [];    // the newest first
    this.next = null;   // what continues them
    this.drawn = '';
    this.read = {key: null, at: 0};
    at('older').addEventListener('click', () => this.showOlder().catch((error) => console.warn(error)));
  }

  // Reads again if `revision`, which follows what happens, has changed. While older changes are shown, once a
  // minute is enough.
  async refresh(query, revision, isStandby) {
    this.query = query;
    if (isStandby) {  // only the leader has changes
      Object.assign(this, {items: [], next: null, read: {key: null, at: 0}});
      this.draw();
      setText(this.at('end'), 'See the leader’s page.');
      return;
    }
    const key = `${query.days} ${this.items.length > FIRST ? '' : revision}`;
    if (key !== this.read.key || Date.now() - this.read.at > FRESH_MS) {
      await this.load(Math.max(FIRST, this.items.length));
      this.read = {key, at: Date.now()};
    }
    refreshTimes(this.at('changes'), this.serverNow());
  }

  get from() { return this.serverNow() - this.query.days * DAY_MS; }

  // As many as this, from the newest on.
  async load(count) {
    const {days} = this.query;
    const items = [];
    let next = '';
    while (next !== null && items.length < count && !this.isBefore(items.at(-1))) {
      const answer = await this.getJson(`api/v1/changes?limit=${Math.min(MOST, count - items.length)}${next && `&before=${next}`}`);
      items.push(...answer.items);
      ({next} = answer);
    }
    if (days !== this.query.days) return;  // the address has changed meanwhile
    Object.assign(this, {items, next});
    this.draw();
  }

  async showOlder() {
    const {next, items} = this;
    if (next === null) return;
    const answer = await this.getJson(`api/v1/changes?limit=${MORE}&before=${next}`);
    if (items !== this.items) return this.showOlder();  // they were read again meanwhile
    this.items = [...items, ...answer.items];
    this.next = answer.next;
    this.read.key = `${this.query.days} `;
    const hadFocus = document.activeElement === this.at('older');
    this.draw();
    if (hadFocus && this.at('older').hidden) this.at('end').focus();
  }

  isBefore(item) { return item !== undefined && Date.parse(item.at) < this.from; }

  draw() {
    const shown = this.items.filter((item) => !this.isBefore(item));
    const text = JSON.stringify(shown);
    const now = this.serverNow();
    if (text !== this.drawn) setContent(this.at('changes'), ...shown.map((item) => feedItem(item, now)));
    this.drawn = text;
    const isCut = shown.length < this.items.length;
    hidden(this.at('older'), this.next === null || isCut);
    setText(this.at('count'), shown.length === 0 ? '' : plural(shown.length, 'change'));
    setContent(this.at('end'), ...this.end(shown.length, isCut));
    hidden(this.at('end'), !this.at('older').hidden);
  }

  // What stands below the last change that can be shown.
  end(count, isCut) {
    const {days} = this.query;
    const range = `the last ${days} days`;
    if (!isCut) return [count === 0 ? 'No changes since recording began.' : 'Nothing older is known.'];
    const what = count === 0 ? `Nothing has changed in ${range}.` : `These are all changes in ${range}.`;
    return days === 7 ? [`${what} `, h('a', {href: formatQuery({...this.query, days: 30}), 'data-key': 'days 30'}, 'Show 30 days')] :
      [`${what} Older ones are in the journal.`];
  }
}
