// A small plot of the last hour.

import { h, s } from "./dom.js";
import { lasting, relative } from "./moments.js";
import { number } from "./parts.js";

const [WIDTH, HEIGHT, HOUR, GAP] = [360, 80, 3_600_000, 60_000];

/// `points` are `{ at, value }`, the oldest first. Where nobody looked for a minute there is no line.
export function plot(name, unit, points, now = Date.now()) {
  const most = Math.max(1, ...points.map((it) => it.value));
  const x = (at) => (WIDTH * (at - (now - HOUR))) / HOUR;
  const y = (value) => HEIGHT - 4 - ((HEIGHT - 12) * value) / most;
  const place = (it) => `${x(it.at).toFixed(1)} ${y(it.value).toFixed(1)}`;
  const runs = [];
  for (const point of points) {
    const last = runs.at(-1)?.at(-1);
    if (last && point.at - last.at < GAP) runs.at(-1).push(point);
    else runs.push([point]);
  }
  const line = runs.map((run) => `M${run.map(place).join("L")}h.1`).join("");
  const ground = runs.map((run) => `M${x(run[0].at).toFixed(1)} ${HEIGHT - 4}L${run.map(place).join("L")}L${x(run.at(-1).at).toFixed(1)} ${HEIGHT - 4}z`).join("");
  const since = points.length > 0 ? lasting(Math.max(1, (now - points[0].at) / 1_000)) : "";
  const told = points.length > 0
    ? `${name}: ${number(points.at(-1).value)} ${unit} now, at most ${number(most === 1 ? Math.max(...points.map((it) => it.value)) : most)} in the last ${since}.`
    : `${name}: nothing is known yet.`;
  return h("figure", { class: "plotted" },
    s("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": told },
      s("path", { class: "axis", d: `M0 ${HEIGHT - 4}H${WIDTH}` }), s("path", { class: "ground", d: ground }), s("path", { class: "line", d: line })),
    h("figcaption", { class: "quiet small ends" }, h("span", {}, "60 min ago"),
      h("span", {}, points.length > 0 && `watched since ${relative(new Date(points[0].at), now)}`), h("span", {}, "now")));
}
