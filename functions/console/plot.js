// A small plot of what was watched, of an hour at most.

import { h, s } from "./dom.js";
import { lasting } from "./moments.js";
import { number } from "./parts.js";

const [WIDTH, HEIGHT, FLOOR] = [360, 80, 76];
/// In milliseconds: the most and the least that is shown, and the pause that is no line.
const [HOUR, LEAST, GAP] = [3_600_000, 300_000, 60_000];

/// `points` are `{ at, value }`, the oldest first. Where nobody looked for a minute there is no line.
export function plot(name, unit, points, now = Date.now()) {
  const most = Math.max(0, ...points.map((it) => it.value));
  const shown = Math.min(HOUR, Math.max(LEAST, now - (points[0]?.at ?? now)));
  const x = (at) => (WIDTH * (1 - (now - at) / shown)).toFixed(1);
  const y = (value) => (FLOOR - ((FLOOR - 8) * value) / Math.max(most, 1)).toFixed(1);
  const lines = runs(points).map((run) => run.map((it) => `${x(it.at)} ${y(it.value)}`).join("L"));
  const grounds = runs(points).map(
    (run, place) => `M${x(run[0].at)} ${FLOOR}L${lines[place]}L${x(run.at(-1).at)} ${FLOOR}z`,
  );
  const watched = points.length > 0 ? lasting(Math.max(1, (now - points[0].at) / 1_000)) : "0 s";
  const told =
    points.length > 0
      ? `${name}: ${number(points.at(-1).value)} ${unit} now, at most ${number(most)} in the last ${watched}.`
      : `${name}: nothing is known yet.`;
  return h(
    "figure",
    {},
    s(
      "svg",
      {
        class: "plot",
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": told,
      },
      s("path", { class: "axis", d: `M0 ${FLOOR}H${WIDTH}` }),
      s("path", { class: "ground", d: grounds.join("") }),
      s("path", { class: "line", d: lines.map((it) => `M${it}h.1`).join("") }),
    ),
    h(
      "figcaption",
      { class: "quiet small ends" },
      h("span", {}, `${lasting(shown / 1_000)} ago`),
      h("span", {}, `at most ${number(most)}`),
      h("span", {}, "now"),
    ),
  );
}

/// Cut where nobody looked.
function runs(points) {
  const cut = [];
  for (const point of points) {
    const last = cut.at(-1)?.at(-1);
    if (last && point.at - last.at < GAP) cut.at(-1).push(point);
    else cut.push([point]);
  }
  return cut;
}
