// The section of unmanaged subscriptions. It is only shown if there are some, or if they cannot be
// listed although scopes need that.

import {h, hidden, refreshTimes, setText, sinceNode, words} from './text.js';

const SHOWN = 200;  // rows; the filter finds the others

export class Undeclared {
  // onNews(kind, text): shows a banner at the top of the page; null removes it.
  constructor(section, {getJson, serverNow, onNews}) {
    this.section = section;
    this.getJson = getJson;
    this.serverNow = serverNow;
    this.onNews = onNews;
    this.drawn = '';  // the rows that are shown
    this.at = (name) => section.querySelector(`#undeclared-${name}`);
    this.at('filter').addEventListener('input', () => this.refresh().catch((error) => console.warn(error)));
  }

  async refresh() {
    const text = this.at('filter').value.trim();
    const answer = await this.getJson(`api/v1/undeclared?limit=${SHOWN}&q=${encodeURIComponent(text)}`);
    if (text !== this.at('filter').value.trim()) return;  // typed on meanwhile
    const failing = answer.scopes > 0 && answer.error !== '';
    const empty = answer.byScope.filter((scope) => scope.subscriptions === 0);
    hidden(this.section, answer.total === 0 && !failing && empty.length === 0);
    setText(this.at('scopes'), empty.map((scope) => `${scope.text} covers no subscription.`).join(' '));
    hidden(this.at('scopes'), empty.length === 0);
    setText(this.at('shown'), answer.items.length === answer.total ? `${answer.total}` :
      `${answer.items.length} of ${answer.total}`);
    setText(this.at('advice'), this.advice(answer));
    setText(this.at('error'), failing ? `Listing subscriptions failed: ${answer.error}` : '');
    hidden(this.at('error'), !failing);
    hidden(this.at('empty'), answer.total === 0 || answer.items.length > 0);
    this.announce(answer, failing, empty.length);
    this.draw(answer.items);
  }

  announce({undeclared}, failing, empty) {
    if (failing) this.onNews('bad', 'The subscriptions of the scopes cannot be listed.');
    else if (empty > 0) this.onNews('bad', empty === 1 ? '1 scope covers no subscription.' : `${empty} scopes cover no subscription.`);
    else if (undeclared > 0) this.onNews('note', undeclared === 1 ? '1 subscription is visible but unmanaged.' : `${undeclared} subscriptions are visible but unmanaged.`);
    else this.onNews(null);
  }

  advice({undeclared}) {
    if (undeclared === 0) return '';
    return `${undeclared} can be managed but ${undeclared === 1 ? "isn't" : "aren't"}: ` +
      'add an entry under subscriptions, let a scope cover it, or add it to exclude of a scope.';
  }

  // Unchanged rows stay, which preserves the user's selection.
  draw(items) {
    const drawn = JSON.stringify(items);
    if (drawn === this.drawn) {
      refreshTimes(this.at('rows'), this.serverNow());
      return;
    }
    this.drawn = drawn;
    this.at('rows').replaceChildren(...items.map((item) => this.row(item)));
  }

  row(item) {
    return h('li', {},
        h('div', {class: 'who'}, h('strong', {}, item.name || item.id), h('span', {class: 'id'}, item.id)),
        h('div', {class: 'why'}, h('strong', {}, words(item.reason)), h('span', {}, item.message)),
        sinceNode(item.firstSeen, this.serverNow()));
  }
}
