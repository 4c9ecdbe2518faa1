import assert from "node:assert/strict";
import { test } from "node:test";
import { Tenant } from "./support/backend.mjs";
import { isForEverybody, withPage } from "./support/browser.mjs";

/// Does what a button of the screen says, after its dialog has said what that is.
async function carry(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

test("a replay is started with its cost in sight, watched, promoted, rolled back and given up", async () => {
  const tenant = new Tenant("replays");
  for (const name of ["alice", "bob", "carol"]) await tenant.user(name);
  await withPage({ token: tenant.token, at: "#/replays" }, async (page) => {
    await page.getByRole("heading", { name: "No read model was ever rebuilt" }).waitFor();
    await isForEverybody(page, "replays-empty");
    await page.getByRole("button", { name: "Start a replay" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("less than 0.01 US dollars").waitFor();
    await dialog.getByLabel("Read model").selectOption("provisioning_status");
    await dialog.getByText("generation 2").waitFor();
    await dialog.getByLabel("Of a hundred rows, compare").fill("100");
    await isForEverybody(page, "replay-cost");
    assert.deepEqual((await tenant.get("/v1/replays")).items, []);
    await dialog.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { name: "provisioning_status-2" }).waitFor();
    await page.locator(".head").getByText("Verified").waitFor();
    assert.equal(await page.locator("[data-segment^=build]").count(), 4);
    assert.equal(await page.locator("[data-segment^=verify]").count(), 4);
    await page.getByText("No mismatch", { exact: true }).waitFor();
    await isForEverybody(page, "replay");
    await carry(page, "Promote");
    await page.locator(".head").getByText("Live").waitFor();
    await carry(page, "Roll back");
    await page.locator(".head").getByText("Rolled back").waitFor();
    await carry(page, "Cancel");
    await page.locator(".head").getByText("Cancelled").waitFor();
    await page.getByRole("link", { name: "← Replays" }).click();
    await page.getByRole("row").filter({ hasText: "provisioning_status-2" }).getByText("Cancelled").waitFor();
    await isForEverybody(page, "replays");
  });
});

test("each segment has a bar with rate and time left, and what does not match is named", async () => {
  const tenant = new Tenant("bars");
  const figures = {
    items: 30_000,
    expectedItems: 120_000,
    streams: 5_000,
    commits: 20_000,
    rows: 5_000,
    ahead: 2,
    parked: 0,
    compared: 900,
    mismatches: 1,
    rate: 1_000,
    secondsLeft: 95,
  };
  const segment = (number, state) => ({ ...figures, segment: number, state, phase: "verify" });
  const replay = {
    id: "user_directory-7",
    projection: "user_directory",
    generation: 7,
    replaces: 6,
    state: "verifying",
    segments: 3,
    verifyPercent: 10,
    promote: false,
    rateLimit: 500,
    startedBy: "operator-1",
    startedAt: "2026-11-21T12:00:00Z",
    since: "2026-11-21T12:00:00Z",
    expectedItems: 120_000,
    mismatches: 1,
    mismatched: [{ stream: "acme#user#<b>1</b>", reason: "the row is older than its events" }],
    progress: figures,
    segmentsOf: [
      segment(0, "done"),
      segment(1, "running"),
      { ...segment(2, "waiting"), items: 0, secondsLeft: null },
    ],
  };
  await withPage({ token: tenant.token }, async (page) => {
    // A replay this large takes longer than a test may.
    await page.route("**/v1/replays/user_directory-7", (route) => route.fulfill({ json: replay }));
    await page.evaluate(() => {
      location.hash = "#/replays/user_directory-7";
    });
    const running = page.locator("[data-segment='verify-1']");
    await running.getByText("30,000 of about 120,000 · 1,000 items/s · about 1 min 35 s left").waitFor();
    assert.equal(await running.getByRole("progressbar").getAttribute("value"), "30000");
    await page.locator("[data-segment='verify-0']").getByText("Done").waitFor();
    await page.locator("[data-segment='verify-2']").getByText("Waiting").waitFor();
    await page.getByText("1 stream is not as it should be").waitFor();
    await page.getByText("acme#user#<b>1</b>").waitFor();
    await isForEverybody(page, "replay-segments");
  });
});

test("a replay that there is not is said so", async () => {
  const tenant = new Tenant("no-replay");
  await withPage(
    { token: tenant.token, at: "#/replays/user_directory-99", expected: ["status of 404"] },
    async (page) => {
      await page
        .locator("[data-state=error]")
        .getByRole("link", { name: "What it means and what to do" })
        .waitFor();
    },
  );
});
