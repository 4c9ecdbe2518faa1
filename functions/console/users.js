// Users: who is there, and in which state.

import { actionsOf, choose } from "./actions.js";
import { ask, query, repeated } from "./api.js";
import { create } from "./create.js";
import { calmly, h, say, show } from "./dom.js";
import { panel } from "./live.js";
import { moment } from "./moments.js";
import { badge, button, cell, head, number, shape, statusBadge, table } from "./parts.js";
import { lagged } from "./series.js";
import { empty } from "./states.js";
import { status, statuses } from "./words.js";

export const title = "Users";

const LIMIT = 50;
/// A page of the API may be empty while there is another one.
const MOST_PAGES = 8;
const SORTS = [["", "By id"], ["userName", "User name"], ["email", "Address"], ["-createdAt", "Newest first"], ["createdAt", "Oldest first"]];
const COLUMNS = [["User"], ["Address", "wide"], ["Status"], ["Roles", "wider"], ["Changed", "wide"], ["", "tight"]];

export function open(place, { search, signal }) {
  const wanted = { status: search.get("status") ?? "", q: search.get("q") ?? "", role: search.get("role") ?? "", sort: search.get("sort") ?? "" };
  const places = [null];
  const [counts, filters, rows] = [h("div"), h("div", { class: "filters" }), h("div")];
  show(place, head("Users", button("New user", () => create(() => list.refresh()), { class: "primary" })), counts, filters, rows);

  const changed = () => {
    places.length = 1;
    const kept = query("#/users", wanted);
    history.replaceState(null, "", kept);
    list.refresh();
  };
  filter(filters, wanted, changed, signal);
  let drawn = () => {};
  const only = (word) => {
    wanted.status = wanted.status === word ? "" : word;
    drawn();
    changed();
  };
  panel(counts, signal, {
    what: "the counts", every: 5_000, minor: true, ask: repeated("/v1/summary"),
    draw: (body, summary) => {
      drawn = () => drawCounts(body, summary, wanted.status, only);
      drawn();
    },
  });
  const list = panel(rows, signal, {
    what: "users", ask: (turn) => page(wanted, places.at(-1), turn),
    draw: (body, users) => show(body, users.items.length > 0 ? people(users.items, list) : none(wanted, list), pages(users, places, () => list.refresh())),
  });
}

/// One page, of as many of the API's as it takes.
async function page(wanted, cursor, signal) {
  const q = wanted.q.trim();
  const items = [];
  for (let turn = 0; turn < MOST_PAGES; turn += 1) {
    const answer = await ask(query("/v1/users", { ...wanted, q, limit: LIMIT - items.length, cursor }), { signal });
    lagged(answer.headers.get("read-lag"));
    items.push(...answer.body.items);
    cursor = answer.body.next;
    if (!cursor || items.length >= LIMIT) break;
  }
  return { items, next: cursor };
}

function filter(place, wanted, changed, signal) {
  const search = h("input", { id: "search", type: "search", placeholder: "Name or address begins with …", value: wanted.q, "aria-keyshortcuts": "/", maxlength: 256 });
  const typed = calmly(150, changed);
  search.addEventListener("input", () => {
    wanted.q = search.value;
    typed();
  });
  const roles = h("select", { id: "role" }, h("option", { value: "" }, "Any role"));
  ask("/v1/roles?limit=200", { signal }).then(({ body }) => {
    roles.append(...body.items.map(({ name }) => h("option", { value: name, selected: name === wanted.role }, name)));
  }).catch(() => {
    // Who may not read roles, or cannot now, searches without.
  });
  const sort = h("select", { id: "sort" }, SORTS.map(([value, text]) => h("option", { value, selected: value === wanted.sort }, text)));
  for (const [name, choice] of [["role", roles], ["sort", sort]]) {
    choice.addEventListener("change", () => {
      wanted[name] = choice.value;
      changed();
    });
  }
  show(place, h("label", { class: "grow" }, h("span", {}, "Search"), search), h("label", {}, h("span", {}, "Role"), roles), h("label", {}, h("span", {}, "Order"), sort));
}

function drawCounts(body, summary, chosen, only) {
  const one = (word, text, tone, count) => button([tone && shape(tone), h("span", {}, text), h("b", { class: "number" }, number(count))],
    () => only(word), { class: `count ${tone ?? ""} ${count === 0 && word ? "nobody" : ""}`, "aria-pressed": String(chosen === word), "data-key": `count-${word}` });
  show(body, h("div", { class: "counts", role: "group", "aria-label": "Filter by status" },
    one("", "All", null, summary.total),
    statuses.map((word) => {
      const [text, tone] = status(word);
      return one(word, text, tone, word === "deleted" ? summary.deleted : summary.byStatus[word] ?? 0);
    })));
}

function people(users, list) {
  return table("Users", COLUMNS, users.map((user) => h("tr", { "data-user": user.id },
    cell("name", h("a", { href: `#/users/${encodeURIComponent(user.id)}`, "data-key": `user-${user.id}` }, user.displayName),
      h("span", { class: "quiet small block" }, user.userName), h("span", { class: "quiet small block narrow-only" }, user.email)),
    cell("wide", user.email, user.emailFlag && badge([user.emailFlag, "bad"]), user.pendingEmail && h("span", { class: "quiet small block" }, `to be ${user.pendingEmail}`)),
    cell("", statusBadge(user.status), h("span", { class: "quiet small block narrow-only" }, moment(user.updatedAt))),
    cell("wider quiet", user.roles.join(", ") || "none"),
    cell("wide quiet", moment(user.updatedAt)),
    cell("tight", actionsOf(user).length > 0 && button("…", () => choose(user, () => list.refresh()),
      { class: "plain", "data-key": `act-${user.id}`, "aria-label": `Actions for ${user.displayName}` })))));
}

function none(wanted, list) {
  const filtered = wanted.q || wanted.status || wanted.role;
  if (filtered) return empty("Nobody is like that", "No user fits the search and the filters. Names and addresses are searched from their beginning.");
  return empty("There are no users yet", "The first one is created here, by rollcall import users, or by a POST to /v1/users.",
    button("Create the first user", () => create(() => list.refresh()), { class: "primary" }));
}

function pages(users, places, refresh) {
  if (places.length === 1 && !users.next) return h("p", { class: "quiet small" }, `${number(users.items.length)} shown, all there are.`);
  const turn = (step) => () => {
    step();
    say(`Page ${places.length}.`);
    refresh();
  };
  return h("div", { class: "row pages" },
    button("Previous", turn(() => places.pop()), { disabled: places.length === 1, "data-key": "previous" }),
    h("span", { class: "quiet number" }, `Page ${places.length}`),
    button("Next", turn(() => places.push(users.next)), { disabled: !users.next, "data-key": "next" }));
}
