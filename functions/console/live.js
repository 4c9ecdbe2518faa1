// A part of a screen that asks the API again and again, and shows what has changed.

import { h, say, show } from "./dom.js";
import { loading, stale, trouble } from "./states.js";

const LONGEST_PAUSE = 30_000;

/// Done as soon as nothing is pressed: what is under a finger must not be replaced before the finger is lifted.
let released = Promise.resolve();
addEventListener(
  "pointerdown",
  () => {
    released = new Promise((done) => {
      for (const end of ["pointerup", "pointercancel"])
        addEventListener(end, () => setTimeout(done), { once: true });
    });
  },
  { capture: true },
);

/// Asks at once and then every so many milliseconds, but not while nobody looks. `ask(signal)` answers what there is,
/// `draw(place, it)` shows it, and is called only if it is not what it was. Ends with `signal`.
///
/// What cannot be had has its screen; what could be had before stays, with a line that says since when it is old. A
/// `minor` part leaves both to the one beside it.
export function panel(place, signal, { what, every = 3_000, ask, draw, minor = false }) {
  const [notice, body] = [h("div"), h("div", { "aria-busy": "true" })];
  let shown,
    timer,
    turn,
    failures = 0,
    currentAt = Date.now();
  show(place, notice, body);
  const slow = setTimeout(
    () => !minor && shown === undefined && failures === 0 && show(body, loading(what)),
    120,
  );

  async function go() {
    clearTimeout(timer);
    turn?.abort();
    const mine = (turn = new AbortController());
    try {
      const value = await ask(AbortSignal.any([signal, mine.signal]));
      await released;
      if (mine.signal.aborted || signal.aborted) return;
      succeeded(value);
      later(every);
    } catch (error) {
      if (mine.signal.aborted || signal.aborted) return;
      if (error.problem === undefined) throw error;
      if (error.status !== 401) failed(error);
    }
  }

  function succeeded(value) {
    [failures, currentAt] = [0, Date.now()];
    if (notice.hasChildNodes()) show(notice);
    body.removeAttribute("aria-busy");
    const text = JSON.stringify(value);
    if (text === shown) return;
    shown = text;
    draw(body, value);
  }

  function failed(refused) {
    failures += 1;
    body.removeAttribute("aria-busy");
    const passes = refused.status === 0 || refused.status === 429 || refused.status >= 500;
    if (minor) {
      if (!passes) show(body);
    } else if (passes && shown !== undefined) {
      if (failures === 1) say("What is shown is not current any more.");
      show(notice, stale(refused, new Date(currentAt).toISOString(), go));
    } else {
      shown = undefined;
      show(notice);
      show(body, trouble(refused, go));
    }
    if (passes)
      later(
        Math.max((refused.retryAfter ?? 0) * 1_000, Math.min(every * 2 ** (failures - 1), LONGEST_PAUSE)),
      );
  }

  function later(milliseconds) {
    timer = setTimeout(() => (document.hidden ? undefined : go()), milliseconds);
  }

  const looked = () => !document.hidden && go();
  document.addEventListener("visibilitychange", looked, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(slow);
  });
  go();
  return { refresh: go };
}
