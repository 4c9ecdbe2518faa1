// What can be done with a user, and when it is worth an offer. Whether it may be done, the API says.

import { modal, propose } from "./act.js";
import { path } from "./api.js";
import { h } from "./dom.js";
import { button } from "./parts.js";

const REASONS = [
  ["requested", "It was asked for"],
  ["left_organisation", "They left the organisation"],
  ["security", "For security"],
];

const ACTIONS = [
  {
    name: "retry-provisioning",
    label: "Retry provisioning",
    of: ["provisioning_failed", "expired"],
    text: "A new attempt at the steps that are missing.",
  },
  {
    name: "resend-confirmation",
    label: "Resend confirmation",
    of: ["pending_confirmation", "expired"],
    also: (user) => user.status === "active" && Boolean(user.pendingEmail),
    text: "A new link by mail, which kills the one before. Once a minute, and so many times a day.",
  },
  {
    name: "reactivate",
    label: "Reactivate",
    of: ["inactive"],
    text: "Who had confirmed is active at once; for anybody else provisioning does what is missing.",
  },
  {
    name: "restore",
    label: "Restore",
    of: ["deleted"],
    text: "Brings the user back, shut off and without links to roles.",
  },
  {
    name: "cancel-provisioning",
    label: "Cancel provisioning",
    of: ["provisioning", "pending_confirmation", "provisioning_failed", "expired"],
    dangerous: true,
    text: "Undoes what the running attempt has done, and shuts the user off.",
  },
  {
    name: "deactivate",
    label: "Deactivate",
    of: ["provisioning", "pending_confirmation", "active", "provisioning_failed", "expired"],
    dangerous: true,
    fields: reasons,
    guarded: false,
    text: "At once, whatever is going on: provisioning stops, and a link that is out dies.",
  },
  {
    name: "delete",
    label: "Delete",
    of: ["provisioning", "pending_confirmation", "active", "inactive", "provisioning_failed", "expired"],
    dangerous: true,
    text: "The user is gone for everybody, and the address and the user name are free again. For thirty days they can be restored.",
  },
];

function reasons() {
  const options = REASONS.map(([value, text]) => h("option", { value }, text));
  return h(
    "p",
    { class: "field" },
    h("label", { for: "reason" }, "Why"),
    h("select", { id: "reason", name: "reason" }, options),
  );
}

/// Those that make sense for the user as they are.
export function actionsOf(user) {
  return ACTIONS.filter((it) => it.of.includes(user.status) || it.also?.(user));
}

/// A button for each.
export function actionButtons(user, done) {
  return actionsOf(user).map((action) =>
    button(action.label, () => start(action, user, done), {
      class: action.dangerous ? "quiet-danger" : "",
      "data-key": action.name,
    }),
  );
}

/// All of them in a dialog, for where there is no room.
export function choose(user, done) {
  const dialog = modal(
    user.displayName,
    h("p", { class: "quiet" }, `${user.userName} · ${user.email}`),
    h(
      "ul",
      { class: "choices" },
      actionsOf(user).map((action) =>
        h(
          "li",
          {},
          button(
            action.label,
            () => {
              dialog.close();
              start(action, user, done);
            },
            { class: action.dangerous ? "quiet-danger" : "" },
          ),
          h("span", { class: "quiet small" }, action.text),
        ),
      ),
    ),
    (close) => button("Close", close),
  );
}

function start(action, user, done) {
  const fields = action.fields?.();
  propose({
    title: `${action.label}: ${user.displayName}`,
    text: action.text,
    yes: action.label,
    dangerous: action.dangerous,
    fields,
    guarded: action.guarded,
    done,
    request: () =>
      action.name === "delete"
        ? { method: "DELETE", path: path`/v1/users/${user.id}` }
        : {
            method: "POST",
            path: path`/v1/users/${user.id}/${action.name}`,
            body: fields ? { reason: fields.querySelector("select").value } : {},
          },
  });
}
