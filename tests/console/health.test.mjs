import assert from "node:assert/strict";
import { test } from "node:test";
import { Tenant, spoilRow, token } from "./support/backend.mjs";
import { isForEverybody, withPage } from "./support/browser.mjs";

const tile = (page, name) => page.getByRole("region", { name });

test("health shows the age of the views, who is on their way, and how far imports are", async () => {
  const tenant = new Tenant("health");
  const rows = Array.from({ length: 30 }, (_, place) =>
    JSON.stringify({
      userName: `user${place}`,
      displayName: `User ${place}`,
      email: place === 7 ? "nonsense" : `user${place}@health.example`,
    }),
  );
  await withPage({ token: tenant.token, at: "#/health" }, async (page) => {
    await tile(page, "Imports").getByText("None in the last 30 days").waitFor();
    await tenant.upload(rows.join("\n"));
    const imports = tile(page, "Imports");
    await imports.getByText("30 of 30 rows").waitFor();
    await imports.getByText("29 created, 1 invalid").waitFor();
    await imports.getByText("Rows that were not accepted").click();
    await imports.getByText("Row 8").waitFor();
    await page.locator("figure svg[role=img]").first().waitFor();
    await tile(page, "From a commit to the views").getByText("In time").waitFor();
    await tile(page, "Parked streams").locator(".figure").waitFor();
    await isForEverybody(page, "health");
    const plotted = await tile(page, "Users on their way").getByRole("img").getAttribute("aria-label");
    assert.match(plotted, /^Users on their way: \d+ users now, at most \d+ in the last/);
  });
});

test("a running import is cancelled", async () => {
  const tenant = new Tenant("cancel-import");
  const rows = Array.from({ length: 200 }, (_, place) =>
    JSON.stringify({
      userName: `user${place}`,
      displayName: `User ${place}`,
      email: `user${place}@cancel.example`,
    }),
  );
  await tenant.upload(rows.join("\n"), "?ratePerSecond=1");
  await withPage({ token: tenant.token, at: "#/health" }, async (page) => {
    const imports = tile(page, "Imports");
    await imports.getByText("Running").waitFor();
    await imports.getByRole("button", { name: "Cancel" }).click();
    await isForEverybody(page, "import-cancel");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the import" }).click();
    await imports.getByText(/Cancelled|Cancelling/).waitFor();
  });
});

test("a parked stream is shown with its reason, and retried", async () => {
  const tenant = new Tenant("parked");
  const id = await tenant.user("alice");
  // Until the row is made anew, a list with it cannot be read.
  await withPage({ token: tenant.token, expected: ["status of 500"] }, async (page) => {
    await page.getByRole("link", { name: "alice" }).waitFor();
    await spoilRow("parked", id);
    await tenant.order(id, "deactivate");
    await page.getByRole("link", { name: "Health" }).click();
    const parked = page.locator(`[data-parked='parked#user#${id}']`);
    await parked.getByText("row-unreadable").waitFor();
    await isForEverybody(page, "health-parked");
    await parked.getByRole("button", { name: /^Retry/ }).click();
    await parked.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByRole("row").filter({ hasText: "alice" }).getByText("Inactive").waitFor();
  });
});

test("who may see one half of it sees that half", async () => {
  await withPage(
    { token: token("half", ["helpdesk"]), at: "#/health", expected: ["status of 403"] },
    async (page) => {
      await tile(page, "Parked streams")
        .getByRole("heading", { name: "This token may not look at that" })
        .waitFor();
      await tile(page, "Users on their way").locator(".figure").waitFor();
      await isForEverybody(page, "health-half");
    },
  );
});
