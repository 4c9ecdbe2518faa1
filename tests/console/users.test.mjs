import assert from "node:assert/strict";
import { test } from "node:test";
import { Tenant } from "./support/backend.mjs";
import { isForEverybody, withPage } from "./support/browser.mjs";

const row = (page, name) => page.getByRole("row").filter({ hasText: name });

test("a pasted token lets in, stays in the tab, and shows that there is nobody yet", async () => {
  const tenant = new Tenant("empty");
  await withPage({}, async (page) => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Paste a token.").waitFor();
    await isForEverybody(page, "sign-in");
    await page.getByLabel("Access token").fill("hello");
    await page.keyboard.press("Enter");
    await page.getByText("This is no token").waitFor();
    await page.getByLabel("Access token").fill(` Bearer ${tenant.token}\n`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "There are no users yet" }).waitFor();
    await isForEverybody(page, "users-empty");
    assert.deepEqual(
      await page.evaluate(() => [localStorage.length, document.cookie, location.hash.includes("token")]),
      [0, "", false],
    );
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });
});

test("a user is looked at before they are created, and a refused field says why", async () => {
  const tenant = new Tenant("create");
  await tenant.role("engineer");
  await withPage({ token: tenant.token, expected: ["status of 422"] }, async (page) => {
    await page.getByRole("button", { name: "New user" }).click();
    const dialog = page.getByRole("dialog", { name: "New user" });
    await dialog.getByLabel("Name", { exact: true }).fill("Alice Liddell");
    await dialog.getByLabel("User name").fill("alice");
    await dialog.getByLabel("E-mail address").fill("nonsense");
    await dialog.getByLabel("engineer").check();
    await dialog.getByRole("button", { name: "See what it does" }).click();
    await dialog.getByLabel("E-mail address").and(page.locator("[aria-invalid=true]")).waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Create user" }).isDisabled(), true);
    await dialog.getByLabel("E-mail address").fill("alice@create.example");
    await page.keyboard.press("Enter");
    await dialog.getByText("The user is created (engineer)").waitFor();
    await isForEverybody(page, "create");
    assert.deepEqual((await tenant.get("/v1/users")).items, []);
    await dialog.getByRole("button", { name: "Create user" }).click();
    await page.getByRole("heading", { name: "Alice Liddell" }).waitFor();
    await page.getByText("Waiting for confirmation").first().waitFor();
    assert.equal((await tenant.get("/v1/users?email=alice@create.example")).items[0].userName, "alice");
  });
});

test("the list is filtered as one types, by status and by role, and the address keeps it", async () => {
  const tenant = new Tenant("filter");
  await tenant.role("engineer");
  await tenant.user("alice", { roles: ["engineer"] });
  const bob = await tenant.user("bob");
  await tenant.order(bob, "deactivate");
  await withPage({ token: tenant.token }, async (page) => {
    await row(page, "alice").waitFor();
    await row(page, "bob").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("al");
    await row(page, "bob").waitFor({ state: "detached" });
    assert.equal(await row(page, "alice").count(), 1);
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
    await page.reload();
    await row(page, "alice").waitFor();
    assert.equal(await page.getByLabel("Search").inputValue(), "al");
    await page.getByLabel("Search").fill("");
    await page.getByRole("button", { name: /^Inactive/ }).click();
    await row(page, "alice").waitFor({ state: "detached" });
    await row(page, "bob").waitFor();
    await page.getByRole("button", { name: /^Inactive/ }).click();
    await page.getByLabel("Role").selectOption("engineer");
    await row(page, "bob").waitFor({ state: "detached" });
    await isForEverybody(page, "users");
    await page.getByLabel("Search").fill("nobody");
    await page.getByRole("heading", { name: "Nobody is like that" }).waitFor();
  });
});

test("the list is turned page by page", async () => {
  const tenant = new Tenant("pages");
  const names = Array.from({ length: 53 }, (_, place) => `user-${String(place).padStart(2, "0")}`);
  for (const name of names)
    await tenant.call(
      "POST",
      "/v1/users",
      { userName: name, displayName: name, email: `${name}@pages.example` },
      { "idempotency-key": name },
    );
  await tenant.user("user-99");
  await withPage({ token: tenant.token, at: "#/users?sort=userName" }, async (page) => {
    await row(page, "user-00").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await row(page, "user-52").waitFor();
    assert.equal(await page.getByRole("button", { name: "Next" }).isDisabled(), true);
    assert.equal(await row(page, "user-00").count(), 0);
    await page.getByRole("button", { name: "Previous" }).click();
    await row(page, "user-00").waitFor();
  });
});

test("who is created elsewhere appears by itself, but nobody is asked while nobody looks", async () => {
  const tenant = new Tenant("live");
  await tenant.user("alice");
  await withPage({ token: tenant.token }, async (page) => {
    await row(page, "alice").waitFor();
    const link = page.getByRole("link", { name: "alice" });
    await link.focus();
    await tenant.user("bob");
    await row(page, "bob").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "alice");
    const hide = (hidden) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await page.clock.install();
    await page.reload();
    await row(page, "bob").waitFor();
    await hide(true);
    let asked = 0;
    page.on("request", () => {
      asked += 1;
    });
    // What was due before is skipped, once for each part of the screen.
    await page.clock.runFor(60_000);
    assert.equal(asked, 0);
    await tenant.user("carol");
    await hide(false);
    await row(page, "carol").waitFor();
  });
});

test("a deactivation says what it does, and does it when it is told to", async () => {
  const tenant = new Tenant("act");
  const id = await tenant.user("alice");
  await withPage({ token: tenant.token }, async (page) => {
    await page.getByRole("button", { name: "Actions for alice" }).click();
    await isForEverybody(page, "actions");
    await page.getByRole("button", { name: "Deactivate" }).click();
    const dialog = page.getByRole("dialog", { name: /Deactivate/ });
    await dialog.getByText("The user is shut off (requested)").waitFor();
    await dialog.getByLabel("Why").selectOption("security");
    await dialog.getByText("The user is shut off (security)").waitFor();
    await dialog.getByText("The link that is out dies").waitFor();
    await isForEverybody(page, "dry-run");
    assert.equal((await tenant.get(`/v1/users/${id}`)).status, "pending_confirmation");
    await dialog.getByRole("button", { name: "Deactivate" }).click();
    await row(page, "alice").getByText("Inactive").waitFor();
    assert.equal((await tenant.get(`/v1/users/${id}`)).status, "inactive");
  });
});

test("what has changed since it was looked at is looked at again, and not done", async () => {
  const tenant = new Tenant("stale");
  const id = await tenant.user("alice");
  await withPage({ token: tenant.token, at: `#/users/${id}`, expected: ["status of 412"] }, async (page) => {
    await page.getByRole("button", { name: "Cancel provisioning" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("What the attempt has done is undone").waitFor();
    const { etag } = await tenant.call("GET", `/v1/users/${id}`);
    await tenant.call("PATCH", `/v1/users/${id}`, { displayName: "Alice" }, { "if-match": etag });
    await dialog.getByRole("button", { name: "Cancel provisioning" }).click();
    await dialog.getByText("It has changed meanwhile, and nothing was done.").waitFor();
    assert.equal((await tenant.get(`/v1/users/${id}`)).status, "pending_confirmation");
    await dialog.getByText("What the attempt has done is undone").waitFor();
    await dialog.getByRole("button", { name: "Cancel provisioning" }).click();
    await page.getByText("Inactive").first().waitFor();
  });
});
