// Where a token is asked for: at first, and when the one there was is not good any more.

import { h, show } from "./dom.js";
import { claims, isOnThisMachine, signIn } from "./session.js";

/// `refused` is why the last token was not accepted, if there was one; `done` is called with a new one in its place.
export function open(place, { refused, expired, done }) {
  const problem = h("p", { class: "field-error", id: "token-error", role: "alert" });
  const text = h("textarea", {
    id: "token",
    rows: 4,
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    autocapitalize: "off",
    "aria-describedby": "token-error token-help",
  });
  const submit = (event) => {
    event.preventDefault();
    const token = text.value.replace(/^\s*Bearer\s+/i, "").replace(/\s+/g, "");
    const mistake = judge(token);
    problem.textContent = mistake ?? "";
    text.setAttribute("aria-invalid", String(mistake !== null));
    if (mistake) return text.focus();
    signIn(token);
    done();
  };
  const enter = (event) => event.key === "Enter" && !event.shiftKey && submit(event);
  text.addEventListener("keydown", enter);
  show(
    place,
    h(
      "div",
      { class: "state narrow", "data-state": expired ? "expired" : "sign-in" },
      h("h1", {}, expired ? "The token has expired" : refused ? "The token is not accepted" : "Sign in"),
      refused &&
        h(
          "p",
          {},
          expired
            ? "What you were looking at is there again as soon as you bring a new one."
            : refused.problem.detail,
        ),
      h(
        "form",
        { novalidate: true, on: { submit } },
        h("label", { for: "token" }, "Access token"),
        text,
        problem,
        h("button", { class: "primary" }, "Sign in"),
      ),
      help(),
    ),
  );
  text.focus();
}

/// Before anybody is asked: `null` if it may be one.
function judge(token) {
  if (token === "") return "Paste a token.";
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    return "This is no token: it has three parts with dots between.";
  const expires = claims(token)?.expires;
  return expires && expires < new Date() ? "This token has expired already; get a new one." : null;
}

function help() {
  const command = "rollcall token --role owner --role replay_operator";
  return h(
    "div",
    { id: "token-help", class: "quiet" },
    isOnThisMachine
      ? h("p", {}, "For the backend on this machine, this prints one: ", h("code", {}, command))
      : h(
          "p",
          {},
          "The identity provider of your organisation issues it, for the client that may use this API.",
        ),
    h("p", {}, "It is kept in this tab until the tab is closed, and sent to nobody but this backend."),
  );
}
