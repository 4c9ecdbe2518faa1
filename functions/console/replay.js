// One replay: how far each segment is, what verification found, and what can be done with what was built.

import { confirm } from "./act.js";
import { ask, path } from "./api.js";
import { h, show } from "./dom.js";
import { panel } from "./live.js";
import { lasting, moment } from "./moments.js";
import { badge, bar, button, cell, counted, fact, number, percent, table } from "./parts.js";
import { replayState } from "./words.js";

export const title = "Replay";

const ACTIONS = [
  {
    name: "promote",
    label: "Promote",
    of: ["verified", "rolled_back"],
    text: "Queries are answered from the new generation a few seconds later. The old one is kept, to go back to.",
  },
  {
    name: "rollback",
    label: "Roll back",
    of: ["promoted"],
    dangerous: true,
    text: "Queries are answered from the old generation again, a few seconds later.",
  },
  {
    name: "finish",
    label: "Finish",
    of: ["promoted"],
    dangerous: true,
    text: "Deletes the old generation. There is no way back from here.",
  },
  {
    name: "cancel",
    label: "Cancel",
    of: ["building", "verifying", "verified", "mismatched", "rolled_back"],
    dangerous: true,
    text: "Gives up what was built, and deletes its rows. The live generation stays as it is.",
  },
];
const COLUMNS = [["Stream"], ["What is wrong"]];

export function open(place, { part: id, signal }) {
  const now = h("div");
  show(place, h("p", { class: "small" }, h("a", { href: "#/replays" }, "← Replays")), now);
  const shown = panel(now, signal, {
    what: "the replay",
    every: 1_000,
    ask: async (turn) => (await ask(path`/v1/replays/${id}`, { signal: turn })).body,
    draw: (body, replay) => draw(body, replay, () => shown.refresh()),
  });
}

function draw(body, replay, refresh) {
  const buttons = ACTIONS.filter((it) => it.of.includes(replay.state)).map((action) =>
    button(action.label, () => turn(action, replay, refresh), {
      class: action.dangerous ? "quiet-danger" : "primary",
      "data-key": action.name,
    }),
  );
  show(
    body,
    h("div", { class: "head" }, h("h1", {}, replay.id), badge(replayState(replay.state))),
    h("div", { class: "row" }, buttons),
    h(
      "dl",
      { class: "facts" },
      fact("Read model", replay.projection),
      fact("Builds generation", `${replay.generation}, in place of ${replay.replaces}`),
      fact("Started", moment(replay.startedAt), ` by ${replay.startedBy}`),
      fact("In this state", moment(replay.since)),
      fact("Limit", replay.rateLimit ? `${number(replay.rateLimit)} items/s` : "none"),
      fact("When verified", replay.promote ? "is promoted at once" : "waits for you"),
    ),
    h("h2", {}, "Progress"),
    overall(replay),
    h("h2", {}, "Verification"),
    verification(replay),
    h("h2", {}, "Segments"),
    segments(replay),
  );
}

function overall({ progress, state }) {
  const { items, expectedItems } = progress;
  return bar(
    `All segments: ${replayState(state)[0]}`,
    items,
    expectedItems,
    `${percent(items, expectedItems)} · ${pace(progress)}`,
  );
}

/// Phase by phase: what was built is verified, and what is not needed is deleted.
function segments({ segmentsOf }) {
  if (segmentsOf.length === 0) return h("p", { class: "quiet" }, "There are none in this state.");
  const phases = [...new Set(segmentsOf.map((it) => it.phase))];
  return phases.map((name) => [
    h("h3", {}, phase(name)),
    h("ul", { class: "lines segments" }, segmentsOf.filter((it) => it.phase === name).map(segment)),
  ]);
}

function segment(it) {
  const [name, done] = [`Segment ${it.segment + 1}`, it.state === "done"];
  const state = { waiting: ["Waiting", "wait"], running: ["Running", "busy"], done: ["Done", "good"] }[
    it.state
  ] ?? [it.state, "wait"];
  return h(
    "li",
    { "data-segment": `${it.phase}-${it.segment}` },
    h(
      "div",
      { class: "row small" },
      h("b", { class: "number" }, name),
      badge(state),
      h("span", { class: "quiet number" }, `${counted(it.rows, "row")}, ${counted(it.streams, "stream")}`),
    ),
    bar(
      `${phase(it.phase)}: ${name}`,
      done ? 1 : it.items,
      done ? 1 : it.expectedItems,
      done
        ? counted(it.items, "item")
        : `${number(it.items)} of about ${number(it.expectedItems)} · ${pace(it)}`,
    ),
  );
}

function pace({ rate, secondsLeft }) {
  return [`${number(rate)} items/s`, secondsLeft > 0 && `about ${lasting(secondsLeft)} left`]
    .filter(Boolean)
    .join(" · ");
}

const phase = (name) => ({ build: "Build", verify: "Verify", sweep: "Delete" })[name] ?? name;

function verification({ state, progress, mismatches, mismatched, verifyPercent }) {
  if (state === "building")
    return h(
      "p",
      { class: "quiet" },
      `It comes when everything is built: of a hundred rows, ${verifyPercent} are compared with their events.`,
    );
  const result =
    mismatches > 0
      ? h(
          "p",
          {},
          badge([
            mismatches === 1
              ? "1 stream is not as it should be"
              : `${number(mismatches)} streams are not as they should be`,
            "bad",
          ]),
        )
      : h(
          "p",
          {},
          badge(state === "verifying" ? ["No mismatch so far", "busy"] : ["No mismatch", "good"]),
          progress.compared > 0 &&
            h("span", { class: "quiet" }, ` ${counted(progress.compared, "row")} compared.`),
        );
  const rows = mismatched.map((it) => h("tr", {}, cell("", h("code", {}, it.stream)), cell("", it.reason)));
  return [result, rows.length > 0 && table("Mismatches", COLUMNS, rows)];
}

function turn(action, replay, refresh) {
  confirm({
    title: `${action.label} ${replay.id}`,
    text: action.text,
    yes: action.label,
    dangerous: action.dangerous,
    done: refresh,
    request: () => ({ method: "POST", path: path`/v1/replays/${replay.id}/${action.name}`, body: {} }),
  });
}
