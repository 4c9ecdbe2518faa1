// One user: how they are, how they came to be so, and how they were at any point of it.

import { actionButtons } from "./actions.js";
import { ask, path, query, repeated } from "./api.js";
import { h, show } from "./dom.js";
import { panel } from "./live.js";
import { moment, whole } from "./moments.js";
import { badge, button, fact, statusBadge } from "./parts.js";
import { steps } from "./steps.js";
import { timeline } from "./timeline.js";
import { empty } from "./states.js";

export const title = "User";

export function open(place, { part: id, search, signal }) {
  const now = h("section", { "aria-label": "The user" });
  const past = h("section", { "aria-labelledby": "timeline" });
  const history = h("div");
  show(
    place,
    h("p", { class: "small" }, h("a", { href: "#/users" }, "← Users")),
    h("div", { class: "two" }, now, past),
  );
  show(past, h("h2", { id: "timeline" }, "Timeline"), history);
  let [at, seen] = [Number(search.get("version")) || null, 0];
  const [present, before] = [current(id, () => seen), then(id)];

  const visit = (number) => {
    at = number;
    globalThis.history.replaceState(null, "", query(path`#/users/${id}`, { version: at }));
    story.mark(at);
    shown.refresh();
  };
  const done = (answer) => {
    // Whoever gave a command sees at least what it did.
    seen = Math.max(seen, answer?.version ?? 0);
    shown.refresh();
    story.refresh();
  };
  const story = timeline(history, id, signal, { at: () => at, visit });
  const shown = panel(now, signal, {
    what: "the user",
    every: 2_000,
    ask: (turn) => (at ? before(at, turn) : present(turn)),
    draw: (body, told) => draw(body, told, { id, visit, done }),
  });
}

/// As they are. Who was deleted is in the timeline alone.
function current(id, seen) {
  const headers = () => (seen() > 0 ? { "Consistency-Token": String(seen()) } : {});
  const [user, provisioning] = [
    repeated(path`/v1/users/${id}`, headers),
    repeated(path`/v1/users/${id}/provisioning`, headers),
  ];
  return async (signal) => {
    try {
      return { user: await user(signal), provisioning: await provisioning(signal) };
    } catch (error) {
      if (error.code !== "user-unknown") throw error;
      return { gone: await last(id, signal) };
    }
  };
}

/// How it ended with a user who is not there: what the timeline says, or the refusal if there is none.
async function last(id, signal) {
  const { body } = await ask(query(path`/v1/users/${id}/timeline`, { limit: 1 }), { signal });
  return { status: body.items[0].status, commit: body.items[0].commit, at: body.items[0].at };
}

/// As they were. What was does not change, but that there is more after it.
function then(id) {
  const versions = new Map();
  const newest = repeated(query(path`/v1/users/${id}/timeline`, { limit: 1 }));
  return async (version, signal) => {
    const of = async (rest) => (await ask(query(path`/v1/users/${id}` + rest, { version }), { signal })).body;
    if (!versions.has(version))
      versions.set(version, { user: await of(""), provisioning: await of("/provisioning") });
    return { ...versions.get(version), at: version, newest: (await newest(signal)).items[0].commit };
  };
}

function draw(body, { user, provisioning, gone, at, newest }, how) {
  if (gone) return show(body, wasDeleted(gone, how));
  document.title = `${user.displayName} · Rollcall`;
  show(
    body,
    h("div", { class: "head" }, h("h1", {}, user.displayName), statusBadge(user.status)),
    at && travel(at, newest, user, how.visit),
    !at && h("div", { class: "row" }, actionButtons(user, how.done)),
    facts(user),
    h(
      "h2",
      {},
      "Provisioning",
      provisioning.attempt > 1 && h("span", { class: "quiet small" }, ` attempt ${provisioning.attempt}`),
    ),
    steps(provisioning, user),
    !at &&
      user.version > 1 &&
      h(
        "p",
        {},
        button("See how it came to be", () => how.visit(user.version), {
          class: "plain",
          "data-key": "travel",
        }),
      ),
  );
}

function facts(user) {
  return h(
    "dl",
    { class: "facts" },
    fact("User name", user.userName),
    fact(
      "Address",
      user.email,
      user.emailFlag && [" ", badge([user.emailFlag, "bad", "The mail provider said so."])],
    ),
    user.pendingEmail && fact("To be", user.pendingEmail),
    fact("Roles", user.roles.join(", ") || "none"),
    user.expiresAt && fact("Is shut off", moment(user.expiresAt)),
    fact("Created", moment(user.createdAt)),
    fact("Changed", moment(user.updatedAt)),
    fact("Version", h("span", { class: "number" }, user.version)),
    fact("Id", h("code", {}, user.id)),
  );
}

/// Through the versions, one by one or all along.
function travel(at, newest, user, visit) {
  const slider = h("input", {
    type: "range",
    id: "version",
    min: 1,
    max: newest,
    value: at,
    "data-key": "version",
    "aria-valuetext": `version ${at} of ${newest}`,
    on: { change: () => visit(Number(slider.value)) },
  });
  return h(
    "div",
    { class: "notice travel", "data-state": "past" },
    h(
      "p",
      {},
      h(
        "label",
        { for: "version" },
        h("b", {}, `As of version ${at}`),
        ` of ${newest}, from ${whole(user.updatedAt)}`,
      ),
    ),
    h(
      "div",
      { class: "row" },
      button("Earlier", () => visit(at - 1), { disabled: at <= 1, "data-key": "earlier" }),
      slider,
      button("Later", () => visit(at + 1), { disabled: at >= newest, "data-key": "later" }),
      button("Back to now", () => visit(null), { "data-key": "now" }),
    ),
  );
}

function wasDeleted(gone, { id, done, visit }) {
  const user = { id, status: gone.status, displayName: "this user", userName: id, email: "" };
  return [
    empty(
      "This user is deleted",
      "Nobody finds them any more, and address and user name are free. The timeline still says what happened.",
    ),
    h("p", {}, statusBadge(gone.status), " ", moment(gone.at)),
    h(
      "div",
      { class: "row" },
      actionButtons(user, done),
      gone.commit > 1 && button("As they were before", () => visit(gone.commit - 1)),
    ),
  ];
}
