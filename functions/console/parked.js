// What a read model could not apply, and was set aside.

import { ask, path, query } from "./api.js";
import { h, say, show } from "./dom.js";
import { panel } from "./live.js";
import { moment } from "./moments.js";
import { badge, button, counted, number } from "./parts.js";
import { told } from "./states.js";

const LIMIT = 50;

export function parked(place, signal) {
  const shown = panel(place, signal, {
    what: "parked streams",
    every: 5_000,
    ask: async (turn) => (await ask(query("/v1/parked", { limit: LIMIT }), { signal: turn })).body,
    draw: (body, { items, next }) =>
      show(
        body,
        h(
          "p",
          { class: "figure" },
          items.length === 0 ? badge(["None", "good"]) : `${number(items.length)}${next ? " or more" : ""}`,
        ),
        items.length === 0
          ? h("p", { class: "quiet small" }, "Every read model applies every stream.")
          : [
              h(
                "ul",
                { class: "lines" },
                items.map((it) => one(it, () => shown.refresh())),
              ),
            ],
      ),
  });
}

function one(item, refresh) {
  const result = h("div", { "aria-live": "polite" });
  const parts = [item.projection, item.tenant, item.aggregate, item.id];
  const retry = button(
    "Retry",
    async () => {
      retry.disabled = true;
      try {
        const { body } = await ask(path`/v1/parked/${parts[0]}/${parts[1]}/${parts[2]}/${parts[3]}/retry`, {
          method: "POST",
          body: {},
        });
        say(
          body.generations.every((it) => it.outcome === "applied")
            ? "It was applied."
            : "It is still parked.",
        );
        refresh();
      } catch (error) {
        if (error.problem === undefined) throw error;
        show(result, told(error));
      } finally {
        retry.disabled = false;
      }
    },
    {
      "data-key": `retry-${item.projection}-${item.stream}`,
      "aria-label": `Retry ${item.stream} in ${item.projection}`,
    },
  );
  return h(
    "li",
    { "data-parked": item.stream },
    h(
      "div",
      { class: "row" },
      h("b", {}, item.projection),
      badge([item.live ? "Live generation" : `Generation ${item.generation}`, item.live ? "bad" : "warn"]),
      parts.every(Boolean) && retry,
    ),
    h("div", { class: "small" }, h("code", {}, item.stream), item.commit && ` at commit ${item.commit}`),
    h("div", { class: "small" }, h("code", {}, item.code), ` ${item.reason}`),
    h(
      "div",
      { class: "small quiet" },
      "Since ",
      moment(item.firstAt),
      `, met ${counted(item.times, "time")}`,
    ),
    result,
  );
}
