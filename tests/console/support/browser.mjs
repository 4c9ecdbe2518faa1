// A browser, and what every screen must be like.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { API } from "./backend.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = process.env.CONSOLE_SHOTS;
/// A desk, the same at 200 %, and a phone.
const WIDTHS = [1280, 640, 360];
const PATIENCE = 20_000;

let browser;
before(async () => {
  const isRoot = process.getuid?.() === 0;
  browser = await chromium.launch({ executablePath: process.env.CONSOLE_CHROMIUM, chromiumSandbox: !isRoot });
});
after(() => browser?.close());

/// Runs `test` with a page of its own. Whatever the page asks of another host, whatever it logs as an error and whatever
/// its policy stops is a failure; `expected` are those that the test provokes.
export async function withPage({ token, at = "", expected = [] }, test) {
  const context = await browser.newContext({
    viewport: { width: WIDTHS[0], height: 900 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on(
    "request",
    (request) => new URL(request.url()).origin === API || wrong.push(`asked ${request.url()}`),
  );
  try {
    await page.goto(`${API}/console${token ? `#token=${token}` : at}`);
    if (token && at)
      await page.evaluate((hash) => {
        location.hash = hash;
      }, at);
    await test(page, context).catch(async (error) => {
      await shot(page, `failed-${new Date().toISOString()}`);
      throw error;
    });
    assert.deepEqual(
      wrong.filter((text) => !expected.some((it) => text.includes(it))),
      [],
    );
  } finally {
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  }
}

/// Nobody is kept out of a screen: axe finds nothing serious in light or dark, and nothing is wider than the window.
export async function isForEverybody(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await serious(page), [], `${name}, ${colorScheme}`);
    // Colours move nothing.
    for (const width of colorScheme === "light" || SHOTS ? WIDTHS : []) {
      await page.setViewportSize({ width, height: 900 });
      const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= window, `${name} is ${wide} wide in a window of ${window}`);
      await shot(page, `${name}-${colorScheme}-${width}`);
    }
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function serious(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`,
  );
}

/// Kept where the environment says, to be looked at.
async function shot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
