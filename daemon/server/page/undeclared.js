// The subscriptions in sight that nothing keeps: a section that is there only when there are some,
// or when they cannot be listed although scopes need that.

import {h, hidden, setText, sinceNode, words} from './text.js';

const SHOWN = 200;  // rows; the filter finds the others

export class Undeclared {
  constructor(section, {getJson, serverNow}) {
    this.section = section;
    this.getJson = getJson;
    this.serverNow = serverNow;
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
    setText(this.at('advice'), this.advice(answer, failing));
    this.at('rows').replaceChildren(...answer.items.map((item) => this.row(item)));
  }

  advice(answer, failing) {
    const parts = [];
    if (answer.undeclared > 0) {
      parts.push(`${answer.undeclared} could be kept and ${answer.undeclared === 1 ? 'is' : 'are'} not: ` +
        'declare each under subscriptions, let a scope cover it, or name it under exclude of a scope.');
    }
    if (failing) parts.push(`The last look for subscriptions failed: ${answer.error}`);
    return parts.join(' ');
  }

  row(item) {
    return h('li', {},
        h('strong', {}, item.name || item.id), ' ', h('span', {class: 'id'}, item.id), ' ',
        h('span', {class: 'tag'}, words(item.reason)), ' ', sinceNode(item.firstSeen, this.serverNow()),
        h('span', {class: 'quiet'}, ` ${item.message}`));
  }
}
