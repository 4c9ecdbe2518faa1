import assert from "node:assert/strict";
import { test } from "node:test";
import { API, Tenant, token } from "./support/backend.mjs";
import { isForEverybody, withPage } from "./support/browser.mjs";

test("what is not there yet is said to be loading", async () => {
  const tenant = new Tenant("loading");
  await tenant.user("alice");
  await withPage({ token: tenant.token }, async (page) => {
    let answer;
    const asked = new Promise((resolve) => {
      answer = resolve;
    });
    await page.route("**/v1/users?*", async (route) => {
      await asked;
      await route.continue();
    });
    await page.reload();
    await page.getByText("Loading users …").waitFor();
    await isForEverybody(page, "loading");
    answer();
    await page.getByRole("link", { name: "alice" }).waitFor();
    await page.getByText("Loading users …").waitFor({ state: "detached" });
  });
});

test("a backend that does not answer is said so; what was there stays, and comes up to date by itself", async () => {
  const tenant = new Tenant("down");
  await tenant.user("alice");
  await withPage({ token: tenant.token, expected: ["ERR_FAILED", "status of 503"] }, async (page) => {
    await page.getByRole("link", { name: "alice" }).waitFor();
    await page.route("**/v1/**", (route) => route.abort());
    await page.getByText("The backend does not answer.").first().waitFor();
    assert.equal(await page.getByRole("link", { name: "alice" }).count(), 1);
    await isForEverybody(page, "stale");
    await page.reload();
    await page.getByRole("heading", { name: "The backend does not answer" }).first().waitFor();
    await isForEverybody(page, "unreachable");
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).last().click();
    await page.getByRole("link", { name: "alice" }).waitFor();
    const unavailable = await (
      await fetch(`${API}/problems/unavailable`, { headers: { accept: "application/json" } })
    ).text();
    await page.route("**/v1/users?*", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: unavailable }),
    );
    await page.reload();
    await page
      .locator("[data-state=error]")
      .getByRole("link", { name: "What it means and what to do" })
      .waitFor();
  });
});

test("who may not look at a screen is told who may", async () => {
  const tenant = "forbidden";
  const operator = token(tenant, ["replay_operator"]);
  await withPage({ token: operator, expected: ["status of 403"] }, async (page) => {
    await page.getByRole("heading", { name: "This token may not look at that" }).first().waitFor();
    await page.getByText("as replay_operator.").first().waitFor();
    await isForEverybody(page, "forbidden");
    await page.getByRole("button", { name: "Use another token" }).first().click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

test("an auditor sees everything, and what they may not do is refused before it is done", async () => {
  const tenant = new Tenant("auditor");
  const id = await tenant.user("alice");
  await withPage(
    { token: token(tenant.name, ["auditor"]), at: `#/users/${id}`, expected: ["status of 403"] },
    async (page) => {
      await page.getByRole("button", { name: "Deactivate" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.locator(".notice.bad").waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Deactivate" }).isDisabled(), true);
    },
  );
});

test("a token that expires is asked for anew, and one is where one was", async () => {
  const tenant = new Tenant("expired");
  const id = await tenant.user("alice");
  await withPage({ token: tenant.token, at: `#/users/${id}`, expected: ["status of 401"] }, async (page) => {
    await page.getByRole("heading", { name: "alice" }).waitFor();
    const detail = "The bearer token is not accepted: the token has expired.";
    const problem = {
      type: "/problems/unauthenticated",
      title: "Not signed in",
      status: 401,
      code: "unauthenticated",
      detail,
      retryable: false,
    };
    await page.route("**/v1/**", (route) =>
      route.fulfill({ status: 401, contentType: "application/problem+json", json: problem }),
    );
    await page.getByRole("heading", { name: "The token has expired" }).waitFor();
    await isForEverybody(page, "expired");
    await page.unroute("**/v1/**");
    await page.getByLabel("Access token").fill(tenant.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "alice" }).waitFor();
    assert.ok(page.url().endsWith(id), page.url());
  });
});

test("a token that the backend does not accept is said to be so by the backend", async () => {
  const [head, claims] = token("forged").split(".");
  await withPage(
    { token: `${head}.${claims}.${"A".repeat(86)}`, expected: ["status of 401"] },
    async (page) => {
      await page.getByRole("heading", { name: "The token is not accepted" }).waitFor();
      await page.getByText("The bearer token is not accepted:").waitFor();
    },
  );
});

test("an address that leads nowhere says so, and the frame is walked by keyboard", async () => {
  const tenant = new Tenant("frame");
  await withPage({ token: tenant.token, at: "#/nothing" }, async (page) => {
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await isForEverybody(page, "nothing-here");
    await page.evaluate(() => {
      location.hash = "#/users/%E0%A4%A";
    });
    await page.reload();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.getByRole("link", { name: "Health" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Health", exact: true }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Health" }).getAttribute("aria-current"), "page");
  });
});
