// Times: how long ago, with the whole time to be pointed at.

import { h } from "./dom.js";

const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

export function moment(at) {
  const date = new Date(at);
  return h(
    "time",
    { datetime: at, title: `${WHOLE.format(date)} (${at})`, "data-since": date.getTime() },
    relative(date),
  );
}

/// `2 h ago`, `in 5 min`; after a month the date.
export function relative(date, now = Date.now()) {
  const seconds = Math.round((now - date.getTime()) / 1_000);
  if (Math.abs(seconds) < 3) return "just now";
  if (Math.abs(seconds) > 30 * 86_400) return DAY.format(date);
  const text = largest(Math.abs(seconds));
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

export function whole(at) {
  return WHOLE.format(new Date(at));
}

function largest(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/// `1 min 20 s`: the two largest units.
export function lasting(seconds) {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  let rest = Math.round(seconds);
  const parts = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count} ${unit}` : null;
  });
  return parts.filter(Boolean).join(" ");
}

/// Keeps what is on the page as it should be from now on.
export function keepUp() {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[data-since]")) {
      const text = relative(new Date(Number(time.dataset.since)));
      if (time.textContent !== text) time.textContent = text;
    }
  }, 1_000);
}
