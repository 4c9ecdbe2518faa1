// Rebuilds of read models: those there were, and a new one.

import { propose } from "./act.js";
import { ask } from "./api.js";
import { h, show } from "./dom.js";
import { panel } from "./live.js";
import { moment } from "./moments.js";
import { badge, bar, button, cell, counted, fact, head, number, percent, table } from "./parts.js";
import { empty } from "./states.js";
import { replayState } from "./words.js";

export const title = "Replays";

const MODELS = [
  "user_directory",
  "provisioning_status",
  "role_directory",
  "tenant_settings",
  "tenant_summary",
  "webhook_directory",
];
const COLUMNS = [["Replay"], ["State"], ["Progress"], ["Started", "wide"]];
const NUMBERS = [
  ["segments", "Segments", { value: 4, min: 1, max: 1_000 }, "Worked on side by side."],
  [
    "verifyPercent",
    "Of a hundred rows, compare",
    { value: 10, min: 0, max: 100 },
    "With a fresh fold of their events; of the others it is seen that they are there.",
  ],
  [
    "rateLimit",
    "Items a second at most",
    { min: 1, max: 1_000_000, placeholder: "no limit" },
    "Read by all segments together.",
  ],
];

export function open(place, { signal }) {
  const rows = h("div");
  show(
    place,
    head("Replays", button("Start a replay", start, { class: "primary" })),
    h(
      "p",
      { class: "quiet" },
      "A read model is built anew beside the live one, verified, and then takes its place. No mail and no command comes of it.",
    ),
    rows,
  );
  panel(rows, signal, {
    what: "replays",
    every: 2_000,
    ask: async (turn) => (await ask("/v1/replays", { signal: turn })).body.items,
    draw: (body, replays) =>
      show(
        body,
        replays.length > 0
          ? table("Replays", COLUMNS, replays.map(row))
          : empty(
              "No read model was ever rebuilt",
              "That is as it should be. After a mistake in a projection, or for a new one, a replay is started here.",
            ),
      ),
  });
}

function row(replay) {
  const { items, expectedItems } = replay.progress;
  return h(
    "tr",
    { "data-replay": replay.id },
    cell(
      "name",
      h("a", { href: `#/replays/${encodeURIComponent(replay.id)}`, "data-key": replay.id }, replay.id),
      h("span", { class: "quiet small block" }, `generation ${replay.generation} of ${replay.projection}`),
    ),
    cell(
      "",
      badge(replayState(replay.state)),
      replay.mismatches > 0 &&
        h("span", { class: "small block wrong" }, `${number(replay.mismatches)} mismatched`),
    ),
    cell("", bar(`Progress of ${replay.id}`, items, expectedItems, percent(items, expectedItems))),
    cell("wide quiet", moment(replay.startedAt), ` by ${replay.startedBy}`),
  );
}

/// What it would cost is asked for with every change of what is asked for.
function start() {
  const model = h(
    "select",
    { id: "projection" },
    MODELS.map((name) => h("option", { value: name }, name)),
  );
  const numbers = NUMBERS.map(([name, label, attributes, hint]) => [
    name,
    h("input", { id: name, type: "number", "aria-describedby": `${name}-hint`, ...attributes }),
    label,
    hint,
  ]);
  const promote = h("input", { id: "promote", type: "checkbox" });
  const fields = h(
    "div",
    { class: "form" },
    h("p", { class: "field" }, h("label", { for: "projection" }, "Read model"), model),
    numbers.map(([name, input, label, hint]) =>
      h(
        "p",
        { class: "field" },
        h("label", { for: name }, label),
        input,
        h("span", { class: "quiet small", id: `${name}-hint` }, hint),
      ),
    ),
    h("p", {}, h("label", {}, promote, " Promote it as soon as it is verified")),
  );
  const body = () => ({
    projection: model.value,
    promote: promote.checked,
    ...Object.fromEntries(
      numbers.map(([name, input]) => [name, input.value === "" ? null : Number(input.value)]),
    ),
  });
  propose({
    title: "Start a replay",
    yes: "Start",
    fields,
    guarded: false,
    plan: cost,
    possible: () => true,
    request: () => ({ method: "POST", path: "/v1/replays", body: body() }),
    done: (replay) => {
      location.hash = `#/replays/${encodeURIComponent(replay.id)}`;
    },
  });
}

function cost(estimate) {
  const dollars =
    estimate.dollars < 0.01 ? "less than 0.01 US dollars" : `about ${estimate.dollars.toFixed(2)} US dollars`;
  return h(
    "dl",
    { class: "facts" },
    fact("Builds", `generation ${estimate.generation}`),
    fact("Reads twice", `${number(estimate.items)} items, ${number(estimate.bytes)} bytes`),
    fact("Writes", counted(estimate.rows, "row")),
    fact("Uses", `${number(estimate.readUnits)} read and ${number(estimate.writeUnits)} write units`),
    fact("Costs", dollars),
  );
}
