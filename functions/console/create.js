// A new user: written down, looked at, created.

import { modal, planned } from "./act.js";
import { ask, query } from "./api.js";
import { h, say, show } from "./dom.js";
import { button } from "./parts.js";
import { told } from "./states.js";

const FIELDS = [
  ["displayName", "Name", { autocomplete: "off", maxlength: 256 }, "What people call them."],
  [
    "userName",
    "User name",
    { autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 128 },
    "What they sign in with; without blanks.",
  ],
  ["email", "E-mail address", { type: "email", autocomplete: "off" }, "A link to confirm it is sent there."],
];

/// Opens the form. `done` is called when somebody was created.
export function create(done) {
  const key = crypto.randomUUID();
  const fields = FIELDS.map(([name, label, attributes, hint]) => field(name, label, attributes, hint));
  const roles = h(
    "div",
    { class: "choices-of-roles" },
    h("p", { class: "quiet small" }, "Loading the roles …"),
  );
  const plan = h("div", { class: "plan", "aria-live": "polite" });
  const [look, go] = [
    button("See what it does", examine),
    button("Create user", carryOut, { class: "primary", disabled: true }),
  ];
  const form = h(
    "div",
    { class: "form" },
    fields.map((it) => it.row),
    h("fieldset", {}, h("legend", {}, "Roles"), roles),
  );
  const dialog = modal("New user", form, plan, (close) => [button("Close", close), look, go]);
  form.addEventListener("input", () => {
    go.disabled = true;
    show(plan);
  });
  form.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && event.target.matches("input") && examine(),
  );
  offer(roles);

  function body() {
    const typed = Object.fromEntries(fields.map((it) => [it.name, it.input.value.trim()]));
    return { ...typed, roles: [...roles.querySelectorAll("input:checked")].map((it) => it.value) };
  }

  async function examine() {
    for (const it of fields) it.refuse(it.input.value.trim() === "" ? "This cannot be empty." : "");
    const missing = fields.find((it) => it.input.value.trim() === "");
    if (missing) return missing.input.focus();
    await send(true, (answer) => {
      show(plan, h("h3", {}, "What it would do now"), planned(answer));
      go.disabled = false;
      go.focus();
    });
  }

  async function carryOut() {
    await send(false, (answer) => {
      dialog.close();
      say("The user is created.");
      done(answer);
      location.hash = `#/users/${encodeURIComponent(answer.id)}`;
    });
  }

  async function send(dryRun, accepted) {
    [look.disabled, go.disabled] = [true, true];
    try {
      const where = query("/v1/users", { dryRun: dryRun || null });
      const { body: answer } = await ask(where, {
        method: "POST",
        body: body(),
        headers: { "Idempotency-Key": key },
      });
      accepted(answer);
    } catch (error) {
      if (error.problem === undefined) throw error;
      refused(error);
    } finally {
      look.disabled = false;
    }
  }

  function refused(error) {
    const errors = error.problem.errors ?? [];
    for (const it of fields) it.refuse(errors.find(({ pointer }) => pointer === `/${it.name}`)?.detail ?? "");
    show(
      plan,
      h(
        "div",
        { class: "notice bad" },
        h("div", {}, h("p", {}, h("b", {}, error.problem.title)), told(error)),
      ),
    );
    const first = fields.find((it) => it.input.getAttribute("aria-invalid") === "true");
    (first?.input ?? look).focus();
    go.disabled = error.status !== 0;
  }
}

function field(name, label, attributes, hint) {
  const [id, wrong] = [`new-${name}`, h("span", { class: "field-error", id: `new-${name}-error` })];
  const input = h("input", {
    id,
    name,
    required: true,
    "aria-describedby": `${id}-hint ${id}-error`,
    ...attributes,
  });
  const row = h(
    "p",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    h("span", { class: "quiet small", id: `${id}-hint` }, hint),
    wrong,
  );
  const refuse = (text) => {
    wrong.textContent = text;
    input.setAttribute("aria-invalid", String(text !== ""));
  };
  return { name, row, input, refuse };
}

async function offer(place) {
  try {
    const { body } = await ask("/v1/roles?limit=200");
    const open = body.items.filter((role) => !role.retiredAt);
    if (open.length === 0)
      return show(place, h("p", { class: "quiet small" }, "There are no roles yet. A user can do without."));
    show(
      place,
      open.map((role) =>
        h(
          "label",
          {},
          h("input", { type: "checkbox", value: role.name }),
          role.name,
          role.privileged && h("span", { class: "quiet small" }, " (only owners give it)"),
        ),
      ),
    );
  } catch (error) {
    if (error.problem === undefined) throw error;
    show(place, told(error));
  }
}
