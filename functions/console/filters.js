// What the list of users is narrowed down by.

import { ask, repeated } from "./api.js";
import { calmly, h, show } from "./dom.js";
import { panel } from "./live.js";
import { button, number, shape } from "./parts.js";
import { status, statuses } from "./words.js";

const SORTS = [
  ["", "By id"],
  ["userName", "User name"],
  ["email", "Address"],
  ["-createdAt", "Newest first"],
  ["createdAt", "Oldest first"],
];

/// Search, role and order; each writes into `wanted` and calls `changed`.
export function filters(place, wanted, changed, signal) {
  const search = h("input", {
    id: "search",
    type: "search",
    placeholder: "Name or address begins with …",
    value: wanted.q,
    "aria-keyshortcuts": "/",
    maxlength: 256,
  });
  const typed = calmly(150, changed);
  search.addEventListener("input", () => {
    wanted.q = search.value;
    typed();
  });
  const roles = h("select", { id: "role" }, h("option", { value: "" }, "Any role"));
  ask("/v1/roles?limit=200", { signal })
    .then(({ body }) => {
      roles.append(
        ...body.items.map(({ name }) => h("option", { value: name, selected: name === wanted.role }, name)),
      );
    })
    .catch(() => {
      // Who may not read roles, or cannot now, searches without.
    });
  const sort = h(
    "select",
    { id: "sort" },
    SORTS.map(([value, text]) => h("option", { value, selected: value === wanted.sort }, text)),
  );
  for (const [name, choice] of [
    ["role", roles],
    ["sort", sort],
  ]) {
    choice.addEventListener("change", () => {
      wanted[name] = choice.value;
      changed();
    });
  }
  show(
    place,
    h("label", { class: "grow" }, h("span", {}, "Search"), search),
    h("label", {}, h("span", {}, "Role"), roles),
    h("label", {}, h("span", {}, "Order"), sort),
  );
}

/// A button for each status, with how many there are.
export function statusFilter(place, wanted, changed, signal) {
  let drawn = () => {};
  const only = (word) => {
    wanted.status = wanted.status === word ? "" : word;
    drawn();
    changed();
  };
  panel(place, signal, {
    what: "the counts",
    every: 5_000,
    minor: true,
    ask: repeated("/v1/summary"),
    draw: (body, summary) => {
      drawn = () => drawCounts(body, summary, wanted.status, only);
      drawn();
    },
  });
}

function drawCounts(body, summary, chosen, only) {
  const one = (word, text, tone, count) =>
    button(
      [tone && shape(tone), h("span", {}, text), h("b", { class: "number" }, number(count))],
      () => only(word),
      {
        class: `count ${tone ?? ""} ${count === 0 && word ? "nobody" : ""}`,
        "aria-pressed": String(chosen === word),
        "data-key": `count-${word}`,
      },
    );
  show(
    body,
    h(
      "div",
      { class: "counts", role: "group", "aria-label": "Filter by status" },
      one("", "All", null, summary.total),
      statuses.map((word) => {
        const [text, tone] = status(word);
        return one(word, text, tone, word === "deleted" ? summary.deleted : (summary.byStatus[word] ?? 0));
      }),
    ),
  );
}
