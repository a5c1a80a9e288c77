// The section of unmanaged subscriptions. It is also shown if they cannot be listed although scopes
// need that, and if a scope covers nothing.

import {Section} from './section.js';
import {h, number, plural, words} from './text.js';
import {sinceNode} from './times.js';

export class Undeclared extends Section {
  // onNews(kind, text): shows a banner at the top of the page; null removes it.
  constructor(node, {onNews, ...rest}) {
    super(node, ['filter'], rest);
    this.onNews = onNews;
  }

  async refresh() {
    const answer = await this.load('api/v1/undeclared');
    if (answer === null) return;
    const failing = answer.scopes > 0 && answer.error !== '';
    const empty = answer.byScope.filter((scope) => scope.subscriptions === 0);
    this.say('scopes', empty.map((scope) => `${scope.text} covers no subscription.`).join(' '));
    this.show(answer, {
      advice: this.advice(answer),
      error: failing ? `Listing subscriptions failed: ${answer.error}` : '',
      more: empty.length > 0,
    });
    this.announce(answer, failing, empty.length);
  }

  announce({undeclared}, failing, empty) {
    if (failing) this.onNews('bad', 'The subscriptions of the scopes cannot be listed.');
    else if (empty > 0) this.onNews('bad', `${plural(empty, 'scope covers', 'scopes cover')} no subscription.`);
    else if (undeclared > 0) this.onNews('note', `${plural(undeclared, 'subscription is', 'subscriptions are')} visible but unmanaged.`);
    else this.onNews(null);
  }

  advice({undeclared}) {
    if (undeclared === 0) return '';
    return `${number(undeclared)} can be managed but ${undeclared === 1 ? "isn't" : "aren't"}: ` +
      'add an entry under subscriptions, let a scope cover it, or add it to exclude of a scope.';
  }

  row(item) {
    return h('li', {},
        h('div', {class: 'who'}, h('strong', {}, item.name || item.id), h('span', {class: 'id'}, item.id)),
        h('div', {class: 'why'}, h('strong', {}, words(item.reason)), h('span', {}, item.message)),
        sinceNode(item.firstSeen, this.serverNow()));
  }
}
