// Imports: how far they are, and what became of their rows.

import { confirm } from "./act.js";
import { ask, path, query } from "./api.js";
import { h, show } from "./dom.js";
import { panel } from "./live.js";
import { lasting, moment } from "./moments.js";
import { badge, bar, button, number, percent } from "./parts.js";
import { told } from "./states.js";
import { importState } from "./words.js";

const LIMIT = 10;
const VERDICTS = {
  created: "created",
  would_be_created: "would be created",
  exists: "there already",
  refused: "refused",
  invalid: "invalid",
};

export function imports(place, signal) {
  const shown = panel(place, signal, {
    what: "imports",
    every: 2_000,
    ask: async (turn) => (await ask(query("/v1/imports", { limit: LIMIT }), { signal: turn })).body.items,
    draw: (body, items) =>
      show(
        body,
        items.length === 0
          ? h(
              "p",
              { class: "quiet small" },
              "None in the last 30 days. ",
              h("code", {}, "rollcall import users people.csv"),
              " starts one.",
            )
          : h(
              "ul",
              { class: "lines" },
              items.map((it) => one(it, () => shown.refresh())),
            ),
      ),
  });
}

function one(item, refresh) {
  const counts = Object.entries(item.counts)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${number(count)} ${VERDICTS[word] ?? word}`);
  const pace = [
    item.rowsPerSecond && `${number(item.rowsPerSecond)} rows/s`,
    item.secondsLeft && `about ${lasting(item.secondsLeft)} left`,
  ];
  const wrong = (item.counts.refused ?? 0) + (item.counts.invalid ?? 0);
  return h(
    "li",
    { "data-import": item.id },
    h(
      "div",
      { class: "row" },
      badge(importState(item.state)),
      item.dryRun && badge(["Dry run", "wait"]),
      h("span", { class: "small quiet" }, moment(item.startedAt), ` by ${item.startedBy}`),
      item.state === "running" &&
        button("Cancel", () => cancel(item, refresh), {
          class: "quiet-danger",
          "data-key": `cancel-${item.id}`,
        }),
    ),
    bar(
      `Import ${item.id}`,
      item.done,
      item.rows,
      [`${number(item.done)} of ${number(item.rows)} rows`, percent(item.done, item.rows), ...pace]
        .filter(Boolean)
        .join(" · "),
    ),
    h(
      "div",
      { class: "small quiet" },
      counts.join(", "),
      item.reason && h("span", { class: "wrong" }, ` ${item.reason}`),
    ),
    wrong > 0 && rows(item.id),
  );
}

function rows(id) {
  const place = h("div", { "aria-live": "polite" });
  const fold = h(
    "details",
    { "data-key": `rows-${id}` },
    h("summary", { class: "small" }, "Rows that were not accepted"),
    place,
  );
  fold.addEventListener("toggle", async () => {
    if (!fold.open) return;
    try {
      const of = async (verdict) =>
        (await ask(query(path`/v1/imports/${id}/rows`, { verdict, limit: 50 }))).body.items;
      const items = [...(await of("invalid")), ...(await of("refused"))].sort(
        (one, other) => one.row - other.row,
      );
      show(
        place,
        h(
          "ul",
          { class: "small" },
          items.map((it) =>
            h(
              "li",
              {},
              h("b", { class: "number" }, `Row ${it.row}`),
              " ",
              h("code", {}, it.code),
              ` ${it.detail ?? ""}`,
            ),
          ),
        ),
      );
    } catch (error) {
      if (error.problem === undefined) throw error;
      show(place, told(error));
    }
  });
  return fold;
}

function cancel(item, refresh) {
  confirm({
    title: "Cancel the import",
    text: "Rows that were not begun are left alone; users that were created stay.",
    yes: "Cancel the import",
    dangerous: true,
    done: refresh,
    request: () => ({ method: "POST", path: path`/v1/imports/${item.id}/cancel`, body: {} }),
  });
}
