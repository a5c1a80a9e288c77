// The section of the last days: the timeline, the same as a table, and the feed of recent changes. Hidden
// if the daemon does not keep one.

import {chart, summary} from './chart.js';
import {feedItem} from './changes.js';
import {formatQuery} from './query.js';
import {h, hidden, number, plural, setContent, table, words} from './text.js';
import {clockNode, dateText, refreshTimes, spanText} from './times.js';

const FRESH_MS = 60_000;
const FIRST = 20;     // changes
const MORE = 50;
const MOST = 500;     // in one answer

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
    this.count = FIRST;
    this.read = {};  // what was read last, when, and of which revision
    this.at('older').addEventListener('click', () => {
      this.count = Math.min(MOST, this.count + MORE);
      this.refresh(this.status, this.query).catch((error) => console.warn(error));
    });
    addEventListener('resize', () => this.drawChart());
  }

  at(part) {
    return this.node.querySelector(`#history-${part}`);
  }

  // Reads again what may have changed.
  async refresh(status, query) {
    Object.assign(this, {status, query});
    const isKept = status.sweep !== undefined;  // a daemon that has it also keeps a history
    hidden(this.node, !isKept);
    if (!isKept) return;
    const isStale = (name, key) => this.read[name]?.key !== key || Date.now() - this.read[name].at > FRESH_MS;
    const revision = `${status.started} ${status.desiredRevision} ${status.boardRevision} ${this.count}`;
    if (isStale('timeline', query.days)) {
      const history = await this.getJson(`api/v1/history?days=${query.days}`);
      this.read.timeline = {key: query.days, at: Date.now()};
      this.drawTimeline(history);
    }
    if (isStale('changes', revision)) {
      const feed = await this.getJson(`api/v1/changes?limit=${this.count}`);
      this.read.changes = {key: revision, at: Date.now()};
      this.drawChanges(feed);
    }
    refreshTimes(this.at('changes'), this.serverNow());
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

  drawChanges(feed) {
    const now = this.serverNow();
    setContent(this.at('changes'), ...feed.items.map((item) => feedItem(item, now)));
    hidden(this.at('none'), feed.items.length > 0);
    hidden(this.at('older'), feed.next === null || this.count === MOST);
    this.at('count').textContent = feed.items.length === 0 ? '' : `${plural(feed.items.length, 'change')}`;
  }
}
