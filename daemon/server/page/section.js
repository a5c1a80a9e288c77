// A section below the list: rows of their own with a filter, their number, advice, and an error. The
// ids of its parts begin with the section's own.

import {hidden, number, setText} from './text.js';
import {refreshTimes} from './times.js';

const SHOWN = 200;  // rows; the filter finds the others

export class Section {
  // `inputs` are the parts that filter. A subclass has refresh() and row(item).
  constructor(node, inputs, {getJson, serverNow}) {
    this.node = node;
    this.getJson = getJson;
    this.serverNow = serverNow;
    this.drawn = '';  // the rows that are shown
    for (const name of inputs) {
      this.at(name).addEventListener('input', () => this.refresh().catch((error) => console.warn(error)));
    }
  }

  at(part) {
    return this.node.querySelector(`#${this.node.id}-${part}`);
  }

  // What the inputs select.
  query() {
    return `q=${encodeURIComponent(this.at('filter').value.trim())}`;
  }

  // null: the inputs changed meanwhile, and another answer follows.
  async load(path) {
    const query = this.query();
    const answer = await this.getJson(`${path}?limit=${SHOWN}&${query}`);
    return query === this.query() ? answer : null;
  }

  // A text that is hidden when it is empty.
  say(part, text) {
    setText(this.at(part), text);
    hidden(this.at(part), text === '');
  }

  // Only shown if there are rows, or `more` to say.
  show({items, total}, {advice, error, more}) {
    hidden(this.node, total === 0 && error === '' && !more);
    setText(this.at('shown'), items.length === total ? number(total) : `${number(items.length)} of ${number(total)}`);
    setText(this.at('advice'), advice);
    this.say('error', error);
    hidden(this.at('empty'), total === 0 || items.length > 0);
    this.draw(items);
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
}
