// Whether work goes on. Every figure here is one that the API tells; those that it does not are named, and where to look.

import { ask, query } from "./api.js";
import { h, show } from "./dom.js";
import { imports } from "./imports.js";
import { panel } from "./live.js";
import { parked } from "./parked.js";
import { badge, head, number } from "./parts.js";
import { plot } from "./plot.js";
import { lagged, record, series } from "./series.js";

export const title = "Health";

/// In seconds. It is measured by a pulse a minute, so a minute is nothing; beyond this the projector is held up.
const LATE = 90;

export function open(place, { signal }) {
  const tile = (name, text) => {
    const body = h("div");
    return [
      h(
        "section",
        { class: "card tile", "aria-label": name },
        h("h2", {}, name),
        text && h("p", { class: "quiet small" }, text),
        body,
      ),
      body,
    ];
  };
  const [age, ageBody] = tile(
    "From a commit to the views",
    "Lists show everything that was recorded so many seconds ago. Measured once a minute.",
  );
  const [way, wayBody] = tile("Users on their way", "Roles are being linked, or the mail is being sent.");
  const [failed, failedBody] = tile("Provisioning failed", "Users with a step that has failed for good.");
  const [stuck, stuckBody] = tile("Parked streams", "Of all tenants; what a read model cannot apply.");
  const [files, filesBody] = tile("Imports");
  show(place, head("Health"), h("div", { class: "tiles" }, age, way, failed, stuck, files, elsewhere()));
  panel(ageBody, signal, { what: "the age", every: 5_000, ask: readLag, draw: drawLag });
  panel(wayBody, signal, {
    what: "the count",
    every: 5_000,
    ask: count("provisioning"),
    draw: drawCount("provisioning", "Users on their way"),
  });
  panel(failedBody, signal, {
    what: "the count",
    every: 5_000,
    ask: count("provisioning_failed"),
    draw: drawCount("provisioning_failed", "Provisioning failed"),
  });
  parked(stuckBody, signal);
  imports(filesBody, signal);
}

/// The newest point is a part of what is asked for, so that the plot goes on.
async function readLag(signal) {
  const { headers } = await ask(query("/v1/users", { limit: 1 }), { signal });
  lagged(headers.get("read-lag"));
  return { lag: headers.get("read-lag"), at: Date.now() };
}

function drawLag(body, { lag }) {
  const seconds = Number(lag);
  const known = Number.isFinite(seconds);
  show(
    body,
    h(
      "p",
      { class: "row" },
      h("span", { class: "figure" }, known ? `${number(seconds)} s` : "unknown"),
      badge(!known ? ["No pulse yet", "wait"] : seconds > LATE ? ["Late", "bad"] : ["In time", "good"]),
    ),
    plot("From a commit to the views", "seconds", series("lag")),
  );
}

function count(word) {
  return async (signal) => {
    const { body } = await ask("/v1/summary", { signal });
    record(word, body.byStatus[word] ?? 0);
    return { count: body.byStatus[word] ?? 0, at: Date.now() };
  };
}

function drawCount(word, name) {
  return (body, { count }) =>
    show(
      body,
      h(
        "p",
        { class: "row" },
        h("span", { class: "figure" }, number(count)),
        count > 0 && h("a", { href: query("#/users", { status: word }), "data-key": word }, "Who"),
      ),
      plot(name, "users", series(word)),
    );
}

function elsewhere() {
  return h(
    "section",
    { class: "card tile", "aria-label": "Queues and dead letters" },
    h("h2", {}, "Queues and dead letters"),
    h("p", { class: "quiet small" }, "The API does not tell of them. The command line does:"),
    h(
      "ul",
      { class: "small" },
      h("li", {}, h("code", {}, "rollcall doctor"), " what stands still, and the runbook for it"),
      h("li", {}, h("code", {}, "rollcall dlq list"), " messages that failed too often"),
      h("li", {}, h("code", {}, "rollcall dlq redrive"), " sends them back"),
    ),
  );
}
