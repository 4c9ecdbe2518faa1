// Provisioning as a picture: what happens one after the other, from left to right, and beside each other, from top to
// bottom.

import { h } from "./dom.js";
import { moment } from "./moments.js";
import { badge } from "./parts.js";
import { stepName, stepState } from "./words.js";

/// Of a user's provisioning; `user` is the user at the same time.
export function steps(provisioning, user) {
  const of = (kind) => provisioning.steps.filter((it) => it.step.startsWith(kind));
  const [links, mails, notices] = [of("link_role"), of("send_confirmation"), of("notify_email_change")];
  const stages = [
    ["Accepted", [own("User created", "succeeded", user?.createdAt)]],
    links.length > 0 && ["Roles", links.map(step)],
    mails.length > 0 && ["Mail", mails.map(step)],
    ["Confirmed", [own("Link followed", confirmed(provisioning))]],
    notices.length > 0 && ["Address changed", notices.map(step)],
  ].filter(Boolean);
  return h(
    "ol",
    { class: "stages" },
    stages.map(([name, items]) => h("li", { class: "stage" }, h("h3", {}, name), h("ul", {}, items))),
  );
}

function step({ step, state, attempts, error, updatedAt }) {
  const [, tone] = stepState(state);
  return h(
    "li",
    { class: `step ${tone}`, "data-step": step },
    h("b", {}, stepName(step)),
    badge(stepState(state)),
    h(
      "span",
      { class: "quiet small" },
      attempts > 0 && `${attempts === 1 ? "1 try" : `${attempts} tries`}, `,
      moment(updatedAt),
    ),
    error && h("span", { class: "small wrong" }, h("code", {}, error)),
  );
}

/// What is no step of a worker, but a stage of the way. When the link was followed, the timeline says.
function own(name, state, at) {
  const [, tone] = stepState(state);
  return h(
    "li",
    { class: `step ${tone}` },
    h("b", {}, name),
    badge(stepState(state)),
    at && h("span", { class: "quiet small" }, moment(at)),
  );
}

function confirmed({ process, status }) {
  if (process === "confirmed") return "succeeded";
  if (process === "expired") return "failed";
  if (process === "stopped" || status === "inactive") return "stopped";
  return process === "provisioned" ? "pending" : "waiting";
}
