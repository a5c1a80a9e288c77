// The subscriptions in sight that nothing keeps: a section that is there only when there are some,
// or when they cannot be listed although scopes need that.

import {h, hidden, refreshTimes, setText, sinceNode, words} from './text.js';

const SHOWN = 200;  // rows; the filter finds the others

export class Undeclared {
  // onNews(kind, text): what stands above the list of all, far from this section; null for nothing.
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
    hidden(this.section, answer.total === 0 && !failing);
    setText(this.at('shown'), answer.items.length === answer.total ? `${answer.total}` :
      `${answer.items.length} of ${answer.total}`);
    setText(this.at('advice'), this.advice(answer));
    setText(this.at('error'), failing ? `The last look for subscriptions failed: ${answer.error}` : '');
    hidden(this.at('error'), !failing);
    hidden(this.at('empty'), answer.total === 0 || answer.items.length > 0);
    this.tellNews(answer, failing);
    this.draw(answer.items);
  }

  tellNews({undeclared}, failing) {
    if (failing) this.onNews('bad', 'The subscriptions of the scopes cannot be looked for.');
    else if (undeclared > 0) this.onNews('note', undeclared === 1 ? '1 subscription is in sight and not kept.' : `${undeclared} subscriptions are in sight and not kept.`);
    else this.onNews(null);
  }

  advice({undeclared}) {
    if (undeclared === 0) return '';
    return `${undeclared} could be kept and ${undeclared === 1 ? 'is' : 'are'} not: ` +
      'declare each under subscriptions, let a scope cover it, or name it under exclude of a scope.';
  }

  // Rows that are the same stay, so that a text that someone has marked stays marked.
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
