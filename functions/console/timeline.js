// Everything that happened to a user, the newest first.

import { ask, path, query, repeated } from "./api.js";
import { h, show } from "./dom.js";
import { panel } from "./live.js";
import { preview } from "./mail.js";
import { moment } from "./moments.js";
import { button, shape, statusBadge } from "./parts.js";
import { isOnThisMachine } from "./session.js";
import { told } from "./states.js";
import { actorName } from "./words.js";

const LIMIT = 30;

/// `at()` is the commit that is looked at, if it is not the newest; `visit` looks at another.
export function timeline(place, id, signal, how) {
  const where = path`/v1/users/${id}/timeline`;
  const newest = repeated(query(where, { limit: LIMIT }));
  const older = h("div");
  const { refresh } = panel(place, signal, {
    what: "the timeline",
    ask: newest,
    draw: (body, { items, next }) => {
      // What was loaded below may overlap with what has moved down: it begins anew.
      show(older, next && more(where, next, how));
      show(body, list(items, how), older);
      mark(place, how.at());
    },
  });
  return { refresh, mark: (number) => mark(place, number) };
}

function list(items, how) {
  return h(
    "ol",
    { class: "timeline" },
    commits(items).map((it) => commit(it, how.visit)),
  );
}

/// The commit that is looked at.
function mark(place, number) {
  for (const it of place.querySelectorAll("[data-commit]")) {
    const looked = Number(it.dataset.commit) === number;
    it.classList.toggle("current", looked);
    it.querySelector("[aria-pressed]").setAttribute("aria-pressed", String(looked));
  }
}

function more(where, cursor, how) {
  const place = h("div");
  const load = button("Load older", async () => {
    load.disabled = true;
    try {
      const { body } = await ask(query(where, { limit: LIMIT, cursor }));
      show(place, list(body.items, how), body.next && more(where, body.next, how));
      mark(place, how.at());
    } catch (error) {
      if (error.problem === undefined) throw error;
      load.disabled = false;
      show(place, told(error), h("p", {}, load));
    }
  });
  show(place, h("p", {}, load));
  return place;
}

/// Entries of one commit belong together.
function commits(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.commit, [...(groups.get(entry.commit) ?? []), entry]);
  return [...groups.values()].map((group) => group.reverse());
}

function commit(entries, visit) {
  const { commit: number, actor, at: when, correlationId, status } = entries.at(-1);
  return h(
    "li",
    { class: "commit", "data-commit": number },
    h(
      "div",
      { class: "when small" },
      moment(when),
      h("span", { class: "quiet" }, " by ", h("b", {}, actorName(actor))),
    ),
    h(
      "ul",
      {},
      entries.map((entry) =>
        h(
          "li",
          {},
          entry.details?.mail && [shape("mail"), " "],
          entry.summary,
          mailOf(entry),
          details(entry),
        ),
      ),
    ),
    h(
      "div",
      { class: "row small" },
      statusBadge(status),
      button(`As of ${number}`, () => visit(number), {
        class: "plain",
        "data-key": `as-of-${number}`,
        "aria-pressed": "false",
        title: "The user as they were then",
      }),
      h(
        "span",
        { class: "quiet", title: `The request that it began with: ${correlationId}` },
        "request ",
        h("code", {}, correlationId.slice(0, 8)),
      ),
    ),
  );
}

function mailOf({ details: data }) {
  return (
    isOnThisMachine &&
    data?.messageId && [
      " ",
      button("Show the mail", () => preview(data.messageId), {
        class: "plain small",
        "data-key": `mail-${data.messageId}`,
      }),
    ]
  );
}

function details({ type, commit, details: data }) {
  const facts = Object.entries(data ?? {}).filter(([, value]) => value !== null);
  return h(
    "details",
    { "data-key": `${commit}-${type}-${JSON.stringify(data)}` },
    h("summary", {}, h("code", {}, type)),
    facts.length > 0
      ? h(
          "dl",
          { class: "facts small" },
          facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, written(value)))),
        )
      : h("p", { class: "small quiet" }, "The type says it all."),
  );
}

function written(value) {
  if (Array.isArray(value))
    return value.length === 0
      ? "none"
      : value.map((it) => (typeof it === "object" ? (it.role ?? JSON.stringify(it)) : it)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
