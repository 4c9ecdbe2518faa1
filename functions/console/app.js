// The frame: who looks, and at which screen. A screen is a module with a title and `open(place, { part, search, signal })`.

import { h, show } from "./dom.js";
import { keepUp, relative } from "./moments.js";
import { claims, signOut, takeFromAddress, token } from "./session.js";
import { empty } from "./states.js";
import * as health from "./health.js";
import * as replay from "./replay.js";
import * as replays from "./replays.js";
import * as signin from "./signin.js";
import * as user from "./user.js";
import * as users from "./users.js";

const SCREENS = [
  [/^#\/users$/, users],
  [/^#\/users\/[^/]+$/, user],
  [/^#\/replays$/, replays],
  [/^#\/replays\/[^/]+$/, replay],
  [/^#\/health$/, health],
];

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const who = document.getElementById("who");
let screen = new AbortController();

function open(refused) {
  screen.abort();
  screen = new AbortController();
  document.querySelectorAll("dialog[open]").forEach((it) => it.close());
  nav.hidden = !token();
  show(who, token() && bearer());
  if (!token()) return ask(refused);
  const [place, search] = (location.hash || "#/users").split("?");
  const part = read(place.split("/")[2]);
  const [, wanted] = SCREENS.find(([pattern]) => pattern.test(place) && part !== null) ?? [];
  mark(place);
  const fresh = h("div", { class: "screen" });
  show(main, fresh);
  if (!wanted) {
    document.title = "Nothing here · Rollcall";
    return show(
      fresh,
      empty(
        "There is nothing here",
        "The address leads to no screen.",
        h("a", { href: "#/users" }, "To the users"),
      ),
    );
  }
  document.title = `${wanted.title} · Rollcall`;
  wanted.open(fresh, {
    part,
    search: new URLSearchParams(search),
    signal: screen.signal,
  });
}

/// A segment of the address as it was before it was encoded; null if it never was.
function read(segment) {
  try {
    return segment && decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function ask(refused) {
  const expired = refused?.expired ?? false;
  document.title = "Sign in · Rollcall";
  signin.open(main, { refused, expired, done: () => open() });
}

function mark(place) {
  for (const link of nav.querySelectorAll("a")) {
    if (place.startsWith(link.getAttribute("href"))) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function bearer() {
  const { subject, tenant, roles, expires } = claims() ?? {};
  const until = expires && `The token ends ${relative(expires)}.`;
  return [
    h(
      "span",
      { class: "bearer", title: [roles?.join(", "), until].filter(Boolean).join(". ") },
      h("b", {}, subject ?? "Signed in"),
      tenant && ` in ${tenant}`,
    ),
    h("button", { type: "button", class: "plain", on: { click: leave } }, "Sign out"),
  ];
}

function leave() {
  signOut();
  open();
}

addEventListener("hashchange", () => {
  takeFromAddress();
  open();
  main.focus();
});
addEventListener("unauthenticated", ({ detail }) => {
  detail.expired = /expired/.test(detail.problem.detail ?? "");
  open(detail);
});
addEventListener("signed-out", () => open());
document.getElementById("skip").addEventListener("click", (event) => {
  // The address behind # is the screen's.
  event.preventDefault();
  main.focus();
});
addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, textarea, select, dialog");
  const search = document.getElementById("search");
  if (event.key !== "/" || writes || !search || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

takeFromAddress();
keepUp();
open();
