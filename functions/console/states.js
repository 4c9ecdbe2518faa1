// The screens of what is not there: nothing yet, nothing at all, not now, not for you.

import { h } from "./dom.js";
import { moment } from "./moments.js";
import { claims, signOut } from "./session.js";

export function loading(what) {
  return h(
    "div",
    { class: "state", "data-state": "loading" },
    h("p", {}, `Loading ${what} …`),
    h("div", { class: "bones", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
  );
}

export function empty(title, text, ...actions) {
  return h(
    "div",
    { class: "state", "data-state": "empty" },
    h("h2", {}, title),
    h("p", {}, text),
    h("p", { class: "row" }, actions),
  );
}

/// What the API refused, and what to do about it.
export function trouble(refused, again) {
  if (refused.status === 403) return forbidden(refused);
  return h(
    "div",
    { class: "state bad", role: "alert", "data-state": "error" },
    h("h2", {}, refused.problem.title),
    told(refused),
    again &&
      h("p", { class: "row" }, h("button", { type: "button", on: { click: () => again() } }, "Try again")),
  );
}

/// The sentences of a problem, for wherever it is shown.
export function told(refused) {
  const { detail, errors, code, requestId } = refused.problem;
  const known = /^[a-z][a-z-]*$/.test(code ?? "") && !code.startsWith("status-") && code !== "unreachable";
  return h(
    "div",
    { class: "problem" },
    h("p", {}, detail),
    errors?.length > 0 &&
      h(
        "ul",
        {},
        errors.map((it) => h("li", {}, h("code", {}, it.pointer.slice(1) || "body"), ` ${it.detail}`)),
      ),
    known &&
      h(
        "p",
        { class: "quiet small" },
        h(
          "a",
          { href: `/problems/${code}`, target: "_blank", rel: "noopener" },
          "What it means and what to do",
        ),
        requestId && [" · request ", h("code", {}, requestId)],
      ),
  );
}

function forbidden(refused) {
  const who = claims();
  return h(
    "div",
    { class: "state", role: "alert", "data-state": "forbidden" },
    h("h2", {}, "This token may not look at that"),
    who &&
      h(
        "p",
        {},
        "It is of ",
        h("b", {}, who.subject ?? "somebody"),
        " in ",
        h("b", {}, who.tenant ?? "no tenant"),
        who.roles.length > 0 ? `, as ${who.roles.join(", ")}.` : ", without a role.",
      ),
    told(refused),
    h("p", { class: "row" }, h("button", { type: "button", on: { click: another } }, "Use another token")),
  );
}

function another() {
  signOut();
  dispatchEvent(new Event("signed-out"));
}

/// Above what was current some time ago.
export function stale(refused, since, again) {
  return h(
    "div",
    { class: "notice bad", "data-state": "stale" },
    h(
      "p",
      {},
      h("b", {}, `${refused.problem.title}. `),
      "What stands below is from ",
      moment(since),
      "; it is asked for again by and by.",
    ),
    h("button", { type: "button", class: "plain", on: { click: () => again() } }, "Ask now"),
  );
}
