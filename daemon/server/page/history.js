// The section of the last days: the timeline, the same as a table, and the feed of recent changes.

import {chart, summary} from './chart.js';
import {Feed} from './feed.js';
import {formatQuery} from './query.js';
import {h, hidden, number, setContent, table, words} from './text.js';
import {clockNode, dateText, spanText} from './times.js';

const FRESH_MS = 60_000;

// A row for each of the reader's days, the latest first.
function daily(history) {
  const days = new Map();
  const of = (iso) => {
    const key = dateText(iso);
    if (!days.has(key)) days.set(key, {at: iso, shares: [], drifts: 0, corrections: 0, failures: 0, withheld: 0, edits: 0});
    return days.get(key);
  };
  for (const share of history.shares) of(share.at).shares.push(share);
  for (const event of history.events) {
    const day = of(event.from);
    for (const key of ['drifts', 'corrections', 'failures', 'withheld', 'edits']) day[key] += event[key];
  }
  return [...days].sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at)).map(([name, day]) => {
    const last = day.shares.at(-1);
    const count = (key) => (last ? number(last[key]) : '–');
    return [name, count('asDeclared'), count('different'), count('notKnown'),
      ...['drifts', 'corrections', 'failures', 'withheld', 'edits'].map((key) => number(day[key]))];
  });
}

function incidentRows(history, now) {
  return history.incidents.toReversed().map((incident) => [
    words(incident.reason), incident.subject, clockNode(incident.startedAt, now),
    incident.endedAt ? clockNode(incident.endedAt, now) : 'lasts',
    spanText(((incident.endedAt ? Date.parse(incident.endedAt) : now) - Date.parse(incident.startedAt)) / 1000),
    number(incident.subscriptions), incident.message]);
}

export class History {
  constructor(node, {getJson, serverNow}) {
    this.node = node;
    this.getJson = getJson;
    this.serverNow = serverNow;
    this.read = {days: 0, at: 0};  // what was read last, and when
    this.feed = new Feed({at: (part) => this.at(part), getJson, serverNow});
    addEventListener('resize', () => this.drawChart());
  }

  at(part) {
    return this.node.querySelector(`#history-${part}`);
  }

  // Reads again what may have changed. `revision` follows what happens.
  async refresh(query, revision, isStandby) {
    this.query = query;
    hidden(this.node, false);
    if (this.read.days !== query.days || Date.now() - this.read.at > FRESH_MS) {
      const history = await this.getJson(`api/v1/history?days=${query.days}`);
      this.read = {days: query.days, at: Date.now()};
      this.drawTimeline(history);
    }
    await this.feed.refresh(query, revision, isStandby);
  }

  drawTimeline(history) {
    this.history = history;
    const now = this.serverNow();
    setContent(this.at('days'), ...[7, 30].map((days) => h('a', {href: formatQuery({...this.query, days}), 'data-key': `days ${days}`,
      'aria-current': this.query.days === days ? 'true' : null}, `${days} days`)));
    this.at('summary').textContent = `${summary(history, now)}.`;
    setContent(this.at('partial'), ...(history.complete || history.eventsSince === null ? [] :
      ['Events are known since ', clockNode(history.eventsSince, now), '.']));
    this.drawChart();
    setContent(this.at('table'),
        table(`By day, the last ${history.shares.length > 0 || history.events.length > 0 ? this.query.days : 0} days`,
            ['day', 'as declared', 'different', 'not known', 'drifts', 'corrections', 'failures', 'withheld', 'edits'], daily(history)),
        table('Incidents', ['cause', 'concerns', 'started', 'ended', 'lasted', 'subscriptions', 'message'], incidentRows(history, now)));
  }

  drawChart() {
    const width = Math.floor(this.at('chart').clientWidth);
    if (!this.history || width === 0) return;
    this.at('chart').replaceChildren(chart(this.history, width, this.serverNow()));
  }
}
