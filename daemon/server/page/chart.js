// The timeline of the fleet as an inline SVG: how much was as declared, drifts and corrections below, and
// incidents as bands. The table beside it says the same.

import {inSentence, number, svg} from './text.js';
import {bothZones, clockText, DAY_MS} from './times.js';

const TOP = 18;       // the names of incidents
const SHARE = 120;    // height of the shares
const GAP = 16;
const BARS = 46;
const LEFT = 44;      // the numbers at the left
const HEIGHT = TOP + SHARE + GAP + BARS + 22;

const HOURS = {PT1H: 3600e3, PT6H: 6 * 3600e3};
export const stepMs = (history) => HOURS[history.step] ?? 3600e3;

const percent = (share) => share.asDeclared / Math.max(1, share.asDeclared + share.different + share.notKnown);

// Areas end where nothing is known for more than two steps.
function runs(shares, step) {
  const result = [];
  for (const share of shares) {
    const at = Date.parse(share.at);
    if (result.length === 0 || at - result.at(-1).at(-1).at > 2.5 * step) result.push([]);
    result.at(-1).push({...share, at});
  }
  return result;
}

export function chart(history, width, now) {
  const step = stepMs(history);
  const from = Date.parse(history.from);
  const until = Math.max(from + step, Date.parse(history.until));
  const x = (time) => LEFT + (width - LEFT - 4) * Math.min(1, Math.max(0, (time - from) / (until - from)));
  const lowest = Math.min(1, ...history.shares.map(percent));
  const floor = lowest >= 0.9 ? 0.9 : lowest >= 0.5 ? 0.5 : 0;
  const y = (share) => TOP + SHARE * (1 - (share - floor) / (1 - floor));
  const most = Math.max(1, ...history.events.flatMap((one) => [one.drifts, one.corrections]));
  const base = TOP + SHARE + GAP + BARS;
  const barWidth = Math.max(1.5, (x(from + step) - LEFT) * 0.42);
  const bar = (kind, time, count, shift) => (count === 0 ? null : svg('rect', {class: `bar-${kind}`, x: x(time) + shift, width: barWidth,
    y: base - Math.max(2, BARS * count / most), height: Math.max(2, BARS * count / most)}));
  const line = (at, text) => [svg('line', {class: 'grid', x1: LEFT, x2: width - 4, y1: at, y2: at}),
    svg('text', {x: LEFT - 6, y: at + 4, 'text-anchor': 'end'}, text)];

  const known = history.sharesSince === null ? until : Math.max(from, Date.parse(history.sharesSince));
  const nodes = [
    known - from > step ? svg('rect', {class: 'unrecorded', x: LEFT, y: TOP, width: x(known) - LEFT, height: SHARE}) : null,
    known - from > step ? svg('text', {x: LEFT + 6, y: TOP + SHARE / 2}, 'not recorded') : null,
    ...incidents(history, x, until),
    ...line(y(1), '100%'), ...line(y(floor), `${floor * 100}%`), ...line(base, '0'),
    svg('text', {x: LEFT - 6, y: base - BARS + 8, 'text-anchor': 'end'}, number(most)),
  ];
  for (const run of runs(history.shares, step)) {
    const points = run.map((share) => `${x(share.at).toFixed(1)},${y(percent(share)).toFixed(1)}`);
    const last = x(run.at(-1).at);
    nodes.push(svg('polygon', {class: 'area', points: `${x(run[0].at).toFixed(1)},${y(floor)} ${points.join(' ')} ${last.toFixed(1)},${y(floor)}`}),
        svg('polyline', {class: 'share', points: points.join(' ')}));
    if (run.length === 1) nodes.push(svg('circle', {class: 'share', cx: last, cy: y(percent(run[0])), r: 2.5}));
  }
  for (const one of history.events) {
    const time = Date.parse(one.from);
    nodes.push(bar('drift', time, one.drifts, 0), bar('correction', time, one.corrections, barWidth));
  }
  nodes.push(...days(from, until, x, width));
  return svg('svg', {class: 'chart', role: 'img', viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, 'aria-label': summary(history, now)},
      ...nodes);
}

function incidents(history, x, until) {
  return history.incidents.flatMap((incident) => {
    const left = x(Date.parse(incident.startedAt));
    const right = Math.max(left + 3, x(incident.endedAt ? Date.parse(incident.endedAt) : until));
    return [svg('rect', {class: 'incident', x: left, y: TOP, width: right - left, height: SHARE},
        svg('title', {}, `${inSentence(incident.reason)}: ${number(incident.subscriptions)} subscriptions, since ${bothZones(incident.startedAt)}`)),
    right - left > 60 ? svg('text', {class: 'incident-name', x: left, y: TOP - 5}, inSentence(incident.reason)) : null];
  });
}

// A mark for each of the reader's days, with room for its name.
function days(from, until, x, width) {
  const nodes = [];
  const every = Math.max(1, Math.ceil((until - from) / DAY_MS / Math.max(1, (width - LEFT) / 90)));
  const day = new Date(from);
  day.setHours(24, 0, 0, 0);
  for (let n = 0; day.getTime() < until; ++n, day.setDate(day.getDate() + 1)) {
    if (n % every !== 0) continue;
    const at = x(day.getTime());
    nodes.push(svg('line', {class: 'day', x1: at, x2: at, y1: TOP, y2: HEIGHT - 18}));
    if (width - at > 44) nodes.push(svg('text', {x: at + 3, y: HEIGHT - 5}, day.toLocaleDateString(undefined, {day: 'numeric', month: 'short'})));
  }
  return nodes;
}

// One sentence for who does not see the picture.
export function summary(history, now) {
  const sum = (key) => history.events.reduce((all, one) => all + one[key], 0);
  const shares = history.shares.map(percent);
  const text = (share) => `${(Math.floor(share * 1000) / 10).toLocaleString()}%`;
  const share = shares.length === 0 ? 'no share is known yet' : `${text(shares.at(-1))} as declared most recently, ${text(Math.min(...shares))} at the lowest`;
  const count = history.incidents.length;
  return `From ${clockText(history.from, now)}: ${share}; ${number(sum('drifts'))} drifts, ${number(sum('corrections'))} corrections, ` +
    `${number(count)} ${count === 1 ? 'incident' : 'incidents'}`;
}
