// Times as people read them: how long ago, or the hour in the reader's zone. UTC is in the tooltip.

import {h, setText} from './text.js';

const MINUTE_MS = 60e3;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const HOUR = {hour: '2-digit', minute: '2-digit'};
const HOURS = format(HOUR);
const DAYS = format({day: 'numeric', month: 'short', ...HOUR});
const YEARS = format({day: 'numeric', month: 'short', year: 'numeric', ...HOUR});
const DATES = format({day: 'numeric', month: 'short', year: 'numeric'});
const FULL = format({dateStyle: 'medium', timeStyle: 'long'});
const UTC = format({dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC'});

// [below this many seconds, the seconds of one unit, its name]
const UNITS = [[90, 1, 's'], [90 * 60, 60, 'min'], [36 * 3600, 3600, 'h'], [Infinity, 86400, 'days']];
const unitOf = (seconds) => UNITS.find(([below]) => seconds < below) ?? UNITS.at(-1);

export function spanText(seconds) {
  const [, unit, name] = unitOf(seconds);
  return `${Math.round(seconds / unit)} ${name}`;
}

const secondsSince = (iso, now) => Math.max(0, Math.round((now - Date.parse(iso)) / 1000));

// "3 min ago", "in 2 h", seen from `now` (the server's time, in milliseconds).
export function ago(iso, now) {
  if (!iso) return 'never';
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  const span = spanText(Math.abs(seconds));
  if (Math.abs(seconds) < 5) return 'now';
  return seconds < 0 ? `in ${span}` : `${span} ago`;
}

// "for 3 min"
export const lasting = (iso, now) => `for ${spanText(secondsSince(iso, now))}`;
const due = (iso, now) => (Date.parse(iso) <= now ? 'due now' : ago(iso, now));

// "14:02" of today, "27 Nov, 14:02" of this year, and else with the year.
export function clockText(iso, now = Date.now()) {
  const time = new Date(iso);
  const today = new Date(now);
  if (time.toDateString() === today.toDateString()) return HOURS.format(time);
  return (time.getFullYear() === today.getFullYear() ? DAYS : YEARS).format(time);
}

export const dateText = (iso) => DATES.format(new Date(iso));
export const bothZones = (iso) => `${FULL.format(new Date(iso))} · ${UTC.format(new Date(iso))} UTC`;

function node(kind, iso, text, title = bothZones(iso)) {
  return h('time', {datetime: iso, title, class: kind}, text);
}

export function timeNode(iso, now, absent = 'never') {
  return iso ? node('ago', iso, ago(iso, now)) : h('span', {class: 'quiet'}, absent);
}

// What is to come, and is due once its time is over.
export const dueNode = (iso, now) => node('due', iso, due(iso, now));
export const sinceNode = (iso, now) => node('lasting', iso, lasting(iso, now), `since ${bothZones(iso)}`);
// In a sentence: never updated.
export const clockNode = (iso, now) => node('clock', iso, clockText(iso, now));

const TEXTS = {ago, due, lasting, clock: clockText};

// Until when the text of an age stays as it is: an hour is shown for an hour.
function staysUntil(iso, now) {
  const since = Date.parse(iso);
  if (since > now) return now;
  const [below, unit] = unitOf((now - since) / 1000);
  const next = (Math.round((now - since) / 1000 / unit) + 0.5) * unit;
  return since + Math.min(next, below) * 1000;
}

const untils = new WeakMap();  // of ages that were refreshed

// Updates the texts of all times.
export function refreshTimes(root, now) {
  for (const one of root.getElementsByTagName('time')) {
    if (untils.get(one) > now) continue;
    const text = TEXTS[one.className];
    if (!text) continue;
    const iso = one.getAttribute('datetime');
    setText(one, text(iso, now));
    if (text === ago || text === lasting) untils.set(one, staysUntil(iso, now));
  }
}

const STAMP = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

// The text of a message, with its timestamps as people read them.
export function withTimes(text, now) {
  return text.split(STAMP).map((part, i) => (i % 2 === 1 ? clockNode(part, now) : part)).filter((part) => part !== '');
}

export const withClockTexts = (text, now) => text.split(STAMP).map((part, i) => (i % 2 === 1 ? clockText(part, now) : part)).join('');

// "P12DT3H" -> "12 days"; any other text is returned unchanged.
export function durationText(iso) {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(iso ?? '');
  if (!found) return iso;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  return total === 0 ? 'none' : spanText(total);
}

export {DAY_MS, HOUR_MS, MINUTE_MS, secondsSince};
