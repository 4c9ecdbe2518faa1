// What somebody wants done: first what it would do, then, if they still want it, done.

import { ask, query } from "./api.js";
import { calmly, h, say, show } from "./dom.js";
import { button, statusBadge } from "./parts.js";
import { told } from "./states.js";
import { eventSentence, stepName } from "./words.js";

/// Opens a dialog. `request` answers `{ method, path, body }` of the command as the fields are now; `guarded` commands
/// are done only on what was looked at (`If-Match`). `plan` shows the answer of the dry run, `possible` judges whether
/// there is anything to do. `done` is called with the API's answer.
export function propose({
  title,
  text,
  yes,
  dangerous,
  fields,
  request,
  guarded = true,
  plan = planned,
  possible = recordsAnything,
  done,
}) {
  const key = crypto.randomUUID();
  const preview = h("div", { class: "plan", "aria-live": "polite" });
  const go = button(yes, carryOut, { class: dangerous ? "danger" : "primary", disabled: true });
  const dialog = modal(
    title,
    text && h("p", {}, text),
    fields,
    h("h3", {}, "What it would do now"),
    preview,
    (close) => [button("Close", close), go],
  );
  let version = null,
    looks = 0;

  async function look(changed) {
    const mine = (looks += 1);
    go.disabled = true;
    show(preview, h("p", { class: "quiet" }, "Asking …"));
    try {
      const { method, path, body } = request();
      const headers = { "Idempotency-Key": key };
      const answer = await ask(query(path, { dryRun: true }), { method, body, headers });
      if (mine !== looks) return;
      version = answer.body.version;
      show(
        preview,
        changed &&
          h(
            "p",
            { class: "notice" },
            "It has changed meanwhile, and nothing was done. This is what it would do now.",
          ),
        plan(answer.body),
      );
      go.disabled = !possible(answer.body);
    } catch (error) {
      if (mine === looks) refused(error);
    }
  }

  async function carryOut() {
    go.disabled = true;
    try {
      const { method, path, body } = request();
      const headers = { "Idempotency-Key": key };
      if (guarded && version > 0) headers["If-Match"] = `"${version}"`;
      const answer = await ask(path, { method, body, headers });
      dialog.close();
      say(`Done: ${title}.`);
      done(answer.body);
    } catch (error) {
      if (error.status === 412) return look(true);
      refused(error);
      // Sent again under the same key, it is done once.
      go.disabled = !(error.status === 0 || error.problem?.retryable);
    }
  }

  function refused(error) {
    if (error.problem === undefined) throw error;
    show(
      preview,
      h(
        "div",
        { class: "notice bad" },
        h("div", {}, h("p", {}, h("b", {}, error.problem.title)), told(error)),
      ),
    );
  }

  // What was looked at is not what would be done any more.
  const again = calmly(200, () => look(false));
  fields?.addEventListener("input", () => {
    go.disabled = true;
    again();
  });
  look(false);
}

const recordsAnything = ({ events }) => events.length > 0;

/// What a dry run has answered.
export function planned({ events, status }) {
  if (events.length === 0) return h("p", {}, "Nothing: it is so already.");
  return [
    h(
      "ol",
      { class: "events" },
      events.map(({ type, data }) =>
        h(
          "li",
          {},
          eventSentence(type),
          h("span", { class: "quiet small" }, noted(data)),
          h("code", { class: "quiet small" }, type),
        ),
      ),
    ),
    status && h("p", {}, "The user is then: ", statusBadge(status)),
  ];
}

/// What of an event's data is worth a look beside its sentence.
function noted({ reason, role, step, steps, roles, added, removed }) {
  const names = (some) => (some ?? []).map((it) => it.role ?? it).join(", ");
  const parts = [
    reason && String(reason).replaceAll("_", " "),
    role,
    step && stepName(step),
    (steps ?? []).map(stepName).join(", "),
    names(roles),
    added?.length && `+ ${names(added)}`,
    removed?.length && `− ${names(removed)}`,
  ];
  const text = parts.filter(Boolean).join("; ");
  return text && ` (${text})`;
}

/// A question that has no dry run: what it does is said in `text`.
export function confirm({ title, text, yes, dangerous, request, done }) {
  const trouble = h("div", { "aria-live": "polite" });
  const go = button(yes, carryOut, { class: dangerous ? "danger" : "primary" });
  const dialog = modal(title, h("p", {}, text), trouble, (close) => [button("Close", close), go]);

  async function carryOut() {
    go.disabled = true;
    try {
      const { method, path, body } = request();
      const answer = await ask(path, { method, body });
      dialog.close();
      say(`Done: ${title}.`);
      done(answer.body);
    } catch (error) {
      if (error.problem === undefined) throw error;
      show(
        trouble,
        h(
          "div",
          { class: "notice bad" },
          h("div", {}, h("p", {}, h("b", {}, error.problem.title)), told(error)),
        ),
      );
      go.disabled = false;
    }
  }
}

/// A dialog above everything, gone when it is closed. The last argument makes the buttons.
export function modal(title, ...content) {
  const buttons = content.pop();
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" });
  const close = () => dialog.close();
  dialog.append(
    h(
      "div",
      { class: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      ...content.filter(Boolean),
      h("div", { class: "row end" }, buttons(close)),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
