import assert from "node:assert/strict";
import { test } from "node:test";
import { API, Tenant, token } from "./support/backend.mjs";
import { isForEverybody, withPage } from "./support/browser.mjs";

test("a user's way is a picture, and their timeline says who did what", async () => {
  const tenant = new Tenant("way");
  await tenant.role("engineer");
  await tenant.role("oncall");
  const id = await tenant.active("alice", { displayName: "Alice Liddell", roles: ["engineer", "oncall"] });
  await withPage({ token: tenant.token }, async (page) => {
    await page.getByRole("link", { name: "Alice Liddell" }).click();
    await page.getByRole("heading", { name: "Alice Liddell" }).waitFor();
    for (const name of ["Role engineer", "Role oncall", "Confirmation mail", "Link followed"]) {
      await page.locator(".step").filter({ hasText: name }).getByText("Done").waitFor();
    }
    const first = page.locator("[data-commit='1']");
    await first.getByText("The user was created, to have the roles engineer, oncall.").waitFor();
    await first.getByText("admin").waitFor();
    await page.getByText("with the link, was sent").waitFor();
    await first.getByText("user.created").click();
    await first.getByText("alice@way.example").waitFor();
    await isForEverybody(page, "user");
    // What happens elsewhere is seen here, and what was unfolded stays so.
    await tenant.order(id, "deactivate", { reason: "left_organisation" });
    await page.getByText("The user was shut off: they left the organisation.").waitFor();
    await page.locator(".head").getByText("Inactive").waitFor();
    assert.equal(await first.locator("details").first().getAttribute("open"), "");
  });
});

test("a user is shown as of any version, by the keyboard alone", async () => {
  const tenant = new Tenant("past");
  const id = await tenant.active("alice");
  const { etag } = await tenant.call("GET", `/v1/users/${id}`);
  await tenant.call("PATCH", `/v1/users/${id}`, { displayName: "Alice Hargreaves" }, { "if-match": etag });
  await withPage({ token: tenant.token, at: `#/users/${id}` }, async (page) => {
    await page.getByRole("heading", { name: "Alice Hargreaves" }).waitFor();
    const newest = Number(etag.replaceAll('"', "")) + 1;
    await page.getByRole("button", { name: "As of 1", exact: true }).press("Enter");
    await page.getByText(`As of version 1 of ${newest}`).waitFor();
    await page.getByRole("heading", { name: "alice" }).waitFor();
    await page.locator(".head").getByText("Provisioning").waitFor();
    await isForEverybody(page, "user-as-of");
    await page.getByRole("slider").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText(`As of version 2 of ${newest}`).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("heading", { name: "Alice Hargreaves" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "version");
    assert.ok(page.url().endsWith(`?version=${newest}`), page.url());
    await page.reload();
    await page.getByText(`As of version ${newest} of ${newest}`).waitFor();
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.getByRole("button", { name: "Deactivate" }).waitFor();
  });
});

test("what is refused says why and what to do, and nothing is done", async () => {
  const tenant = new Tenant("refused");
  const id = await tenant.user("alice");
  await withPage(
    { token: tenant.token, at: `#/users/${id}`, expected: ["status of 409", "status of 429"] },
    async (page) => {
      await page.getByRole("button", { name: "Resend confirmation" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("link", { name: "What it means and what to do" }).waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Resend confirmation" }).isDisabled(), true);
      await isForEverybody(page, "refused");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    },
  );
});

test("a user is let in again, deleted and restored", async () => {
  const tenant = new Tenant("again");
  const id = await tenant.active("alice");
  await tenant.order(id, "deactivate");
  const carry = async (page, name) => {
    await page.getByRole("button", { name, exact: true }).click();
    await page.getByRole("dialog").getByText("The user is then:").waitFor();
    await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await withPage({ token: tenant.token, at: `#/users/${id}`, expected: ["status of 404"] }, async (page) => {
    await carry(page, "Reactivate");
    await page.locator(".head").getByText("Active", { exact: true }).waitFor();
    await carry(page, "Delete");
    await page.getByRole("heading", { name: "This user is deleted" }).waitFor();
    await isForEverybody(page, "user-deleted");
    await carry(page, "Restore");
    await page.locator(".head").getByText("Inactive").waitFor();
    assert.equal((await tenant.get(`/v1/users/${id}/timeline?limit=1`)).items[0].status, "inactive");
  });
});

test("a retry is offered to whom provisioning failed, and the API says what it makes of it", async () => {
  const tenant = new Tenant("retry");
  const id = await tenant.user("alice");
  await withPage({ token: tenant.token, expected: ["status of 409"] }, async (page) => {
    // Only how the user looks is made up: a mail that cannot be sent for good takes its time.
    const failed = { status: "provisioning_failed", process: "failed" };
    const whole = async (route) =>
      (await route.fetch({ headers: { authorization: `Bearer ${tenant.token}` } })).json();
    await page.route(`**/v1/users/${id}`, async (route) =>
      route.fulfill({ json: { ...(await whole(route)), ...failed } }),
    );
    await page.route(`**/v1/users/${id}/provisioning`, async (route) => {
      const told = await whole(route);
      const steps = [
        {
          step: "send_confirmation",
          state: "failed",
          attempts: 6,
          error: "mail-unavailable",
          updatedAt: told.updatedAt,
        },
      ];
      await route.fulfill({ json: { ...told, ...failed, steps } });
    });
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#/users/${id}`);
    const step = page.locator(".step").filter({ hasText: "Confirmation mail" });
    await step.getByText("Failed").waitFor();
    await step.getByText("6 tries").waitFor();
    await step.getByText("mail-unavailable").waitFor();
    await isForEverybody(page, "user-failed");
    await page.getByRole("button", { name: "Retry provisioning" }).click();
    await page.getByRole("dialog").getByRole("link", { name: "What it means and what to do" }).waitFor();
    assert.equal(
      await page.getByRole("dialog").getByRole("button", { name: "Retry provisioning" }).isDisabled(),
      true,
    );
  });
});

test("a mail is shown as it went to the outbox, to those who may look at its user", async () => {
  const tenant = new Tenant("mails");
  const displayName = "Zoë <b>Ångström</b>";
  const id = await tenant.user("zoe", { displayName });
  await withPage({ token: tenant.token, at: `#/users/${id}` }, async (page, context) => {
    await page.getByRole("button", { name: "Show the mail" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("zoe@mails.example").waitFor();
    await dialog.getByText(displayName).waitFor();
    await isForEverybody(page, "mail");
    const opened = context.waitForEvent("page");
    await dialog.getByRole("link", { name: /confirm\?token=/ }).click();
    await (await opened).getByRole("button").waitFor();
  });
  const { items } = await tenant.get(`/v1/users/${id}/timeline`);
  const name = items.find((it) => it.details.messageId).details.messageId;
  const ask = async (headers, mail = name) => (await fetch(`${API}/local/mails/${mail}`, { headers })).status;
  assert.equal(await ask({}), 401);
  assert.equal(await ask({}, "nothing"), 401);
  assert.equal(await ask({ authorization: `Bearer ${token("others")}` }), 404);
  assert.equal(await ask({ authorization: `Bearer ${token(tenant.name, ["replay_operator"])}` }), 403);
  assert.equal(await ask({ authorization: `Bearer ${tenant.token}` }, "..%2Fsecrets.json"), 404);
  assert.equal(await ask({ authorization: `Bearer ${tenant.token}` }), 200);
});

test("a long timeline is read page by page, and a page that cannot be had can be asked for again", async () => {
  const tenant = new Tenant("long");
  const id = await tenant.user("alice");
  for (let turn = 0; turn < 40; turn += 1) {
    await tenant.call("PATCH", `/v1/users/${id}`, { displayName: `Alice ${turn}` }, { "if-match": "*" });
  }
  await withPage({ token: tenant.token, at: `#/users/${id}`, expected: ["ERR_FAILED"] }, async (page) => {
    await page.locator("[data-commit='43']").waitFor();
    assert.equal(await page.locator("[data-commit='1']").count(), 0);
    await page.route("**/timeline?*cursor=*", (route) => route.abort());
    await page.getByRole("button", { name: "Load older" }).click();
    await page.getByText("Look whether it runs").waitFor();
    await page.unroute("**/timeline?*cursor=*");
    await page.getByRole("button", { name: "Load older" }).click();
    await page.locator("[data-commit='1']").waitFor();
    assert.equal(await page.locator("[data-commit]").count(), 43);
  });
});
