// What several screens are made of.

import { h, s } from "./dom.js";
import { status } from "./words.js";

/// One shape for each tone, told apart without colours.
const SHAPES = {
  good: [
    ["circle", { cx: 6, cy: 6, r: 5.5, fill: "currentColor" }],
    ["path", { d: "M3.4 6.2l1.8 1.8 3.4-3.8", class: "cut" }],
  ],
  busy: [
    ["circle", { cx: 6, cy: 6, r: 4.75, class: "line" }],
    ["path", { d: "M6 1.5a4.5 4.5 0 0 1 0 9z", fill: "currentColor" }],
  ],
  wait: [
    ["circle", { cx: 6, cy: 6, r: 4.75, class: "line" }],
    ["path", { d: "M6 3.4V6l1.9 1.3", class: "line" }],
  ],
  warn: [
    ["path", { d: "M6 1.2L11 10.6H1z", class: "line" }],
    ["path", { d: "M6 4.6v2.8M6 8.6v.6", class: "line" }],
  ],
  bad: [
    ["rect", { x: 0.5, y: 0.5, width: 11, height: 11, rx: 2, fill: "currentColor" }],
    ["path", { d: "M3.8 3.8l4.4 4.4M8.2 3.8L3.8 8.2", class: "cut" }],
  ],
  mail: [["path", { d: "M1 2.8h10v6.8H1zM1.2 3.2L6 6.8l4.8-3.6", class: "line" }]],
  off: [
    ["circle", { cx: 6, cy: 6, r: 4.75, class: "line" }],
    ["path", { d: "M2.8 9.2l6.4-6.4", class: "line" }],
  ],
};

export function shape(tone) {
  return s(
    "svg",
    { class: "shape", viewBox: "0 0 12 12", "aria-hidden": "true" },
    SHAPES[tone].map(([tag, it]) => s(tag, it)),
  );
}

/// A word with its shape; `[word, tone, what it means]`.
export function badge([word, tone, meaning]) {
  return h("span", { class: `badge ${tone}`, title: meaning }, shape(tone), word);
}

export const statusBadge = (word) => badge(status(word));

export function button(text, listener, attributes) {
  return h("button", { type: "button", ...attributes, on: { click: listener } }, text);
}

/// A table of `columns` (`[heading, class]`) and rows of cells.
export function table(caption, columns, rows) {
  return h(
    "table",
    {},
    h("caption", { class: "unseen" }, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        columns.map(([heading, kind]) =>
          h("th", { scope: "col", class: kind }, h("span", { class: kind === "tight" && "unseen" }, heading)),
        ),
      ),
    ),
    h("tbody", {}, rows),
  );
}

export function cell(kind, ...content) {
  return h("td", { class: kind }, ...content);
}

/// A name with its value, for `<dl class="facts">`.
export function fact(name, ...value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
}

export function head(title, ...actions) {
  return h("div", { class: "head" }, h("h1", {}, title), h("div", { class: "row" }, actions));
}

/// How far, as a bar with its words.
export function bar(label, done, of, text) {
  const full = Math.max(of, 1);
  return h(
    "div",
    { class: "bar-line" },
    h("progress", { value: Math.min(done, full), max: full, "aria-label": label }),
    h("span", { class: "number quiet" }, text),
  );
}

const NUMBER = new Intl.NumberFormat();
export const number = (value) => NUMBER.format(value);
/// `1 row`, `2 rows`.
export const counted = (count, thing) => `${number(count)} ${thing}${count === 1 ? "" : "s"}`;
export const percent = (done, of) => (of > 0 ? `${Math.min(100, Math.floor((100 * done) / of))} %` : "0 %");
