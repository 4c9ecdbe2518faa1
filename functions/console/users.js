// Users: who is there, and in which state.

import { actionsOf, choose } from "./actions.js";
import { ask, query } from "./api.js";
import { create } from "./create.js";
import { h, say, show } from "./dom.js";
import { filters, statusFilter } from "./filters.js";
import { panel } from "./live.js";
import { moment } from "./moments.js";
import { badge, button, cell, head, number, statusBadge, table } from "./parts.js";
import { lagged } from "./series.js";
import { empty } from "./states.js";

export const title = "Users";

const LIMIT = 50;
/// A page of the API may be empty while there is another one.
const MOST_PAGES = 8;
const COLUMNS = [
  ["User"],
  ["Address", "wide"],
  ["Status"],
  ["Roles", "wider"],
  ["Changed", "wide"],
  ["Actions", "tight"],
];

export function open(place, { search, signal }) {
  const wanted = {
    status: search.get("status") ?? "",
    q: search.get("q") ?? "",
    role: search.get("role") ?? "",
    sort: search.get("sort") ?? "",
  };
  const places = [null];
  const [counts, controls, rows] = [h("div"), h("div", { class: "filters" }), h("div")];
  show(
    place,
    head(
      "Users",
      button("New user", () => create(() => list.refresh()), { class: "primary" }),
    ),
    counts,
    controls,
    rows,
  );

  const changed = () => {
    places.length = 1;
    const kept = query("#/users", wanted);
    history.replaceState(null, "", kept);
    list.refresh();
  };
  filters(controls, wanted, changed, signal);
  statusFilter(counts, wanted, changed, signal);
  const list = panel(rows, signal, {
    what: "users",
    ask: (turn) => page(wanted, places.at(-1), turn),
    draw: (body, users) =>
      show(
        body,
        users.items.length > 0 ? people(users.items, list) : none(wanted, list),
        pages(users, places, () => list.refresh()),
      ),
  });
}

/// One page, of as many of the API's as it takes.
async function page(wanted, cursor, signal) {
  const q = wanted.q.trim();
  const items = [];
  for (let turn = 0; turn < MOST_PAGES; turn += 1) {
    const answer = await ask(query("/v1/users", { ...wanted, q, limit: LIMIT - items.length, cursor }), {
      signal,
    });
    lagged(answer.headers.get("read-lag"));
    items.push(...answer.body.items);
    cursor = answer.body.next;
    if (!cursor || items.length >= LIMIT) break;
  }
  return { items, next: cursor };
}

function people(users, list) {
  return table(
    "Users",
    COLUMNS,
    users.map((user) =>
      h(
        "tr",
        { "data-user": user.id },
        cell(
          "name",
          h(
            "a",
            { href: `#/users/${encodeURIComponent(user.id)}`, "data-key": `user-${user.id}` },
            user.displayName,
          ),
          h("span", { class: "quiet small beside" }, user.userName),
          h("span", { class: "quiet small block narrow-only" }, user.email),
        ),
        cell(
          "wide",
          user.email,
          user.emailFlag && badge([user.emailFlag, "bad"]),
          user.pendingEmail && h("span", { class: "quiet small block" }, `to be ${user.pendingEmail}`),
        ),
        cell(
          "",
          statusBadge(user.status),
          h("span", { class: "quiet small block narrow-only" }, moment(user.updatedAt)),
        ),
        cell("wider quiet", user.roles.join(", ") || "none"),
        cell("wide quiet", moment(user.updatedAt)),
        cell(
          "tight",
          actionsOf(user).length > 0 &&
            button("…", () => choose(user, () => list.refresh()), {
              class: "plain",
              "data-key": `act-${user.id}`,
              "aria-label": `Actions for ${user.displayName}`,
            }),
        ),
      ),
    ),
  );
}

function none(wanted, list) {
  const filtered = wanted.q || wanted.status || wanted.role;
  if (filtered)
    return empty(
      "Nobody is like that",
      "No user fits the search and the filters. Names and addresses are searched from their beginning.",
    );
  return empty(
    "There are no users yet",
    "The first one is created here, by rollcall import users, or by a POST to /v1/users.",
    button("Create the first user", () => create(() => list.refresh()), { class: "primary" }),
  );
}

function pages(users, places, refresh) {
  if (places.length === 1 && !users.next && users.items.length === 0) return null;
  if (places.length === 1 && !users.next)
    return h("p", { class: "quiet small" }, `${number(users.items.length)} shown, all there are.`);
  const turn = (step) => () => {
    step();
    say(`Page ${places.length}.`);
    refresh();
  };
  return h(
    "div",
    { class: "row pages" },
    button(
      "Previous",
      turn(() => places.pop()),
      { disabled: places.length === 1, "data-key": "previous" },
    ),
    h("span", { class: "quiet number" }, `Page ${places.length}`),
    button(
      "Next",
      turn(() => places.push(users.next)),
      { disabled: !users.next, "data-key": "next" },
    ),
  );
}
