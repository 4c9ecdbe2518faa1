import assert from "node:assert/strict";
import { test } from "node:test";
import { API, Tenant, token } from "./support/backend.mjs";
import { withPage } from "./support/browser.mjs";

const NAMES = [
  `<img src=x onerror="document.title='run'">`,
  `"><script>document.title='run'</script>`,
  `'-alert(1)-' &lt;b&gt; \${7*7} {{7*7}}`,
  `</td></tr></table><svg onload=alert(1)>`,
];

/// Nothing was made of a name but text.
async function isText(page) {
  const made = await page.evaluate(
    () =>
      [
        ...document.querySelectorAll(
          "main script, main img, main svg[onload], main b:not([class]) b, iframe, [onerror], [onload], dialog img, dialog script",
        ),
      ].length,
  );
  assert.equal(made, 0);
  assert.ok(!(await page.title()).startsWith("run"));
}

test("a name that looks like markup is shown in every screen, and never run", async () => {
  const tenant = new Tenant("markup");
  const ids = [];
  for (const [place, displayName] of NAMES.entries())
    ids.push(await tenant.user(`<i>user${place}</i>`, { displayName, email: `user${place}@markup.example` }));
  await withPage({ token: tenant.token }, async (page) => {
    for (const name of NAMES) await page.getByRole("link", { name, exact: true }).waitFor();
    await isText(page);
    for (const [place, id] of ids.entries()) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/users/${id}`);
      await page.getByRole("heading", { name: NAMES[place], exact: true }).waitFor();
      await page.locator("[data-commit='1'] summary").first().click();
      await page.locator("[data-commit='1']").getByText(NAMES[place], { exact: true }).waitFor();
      await isText(page);
      await page.getByRole("button", { name: "Deactivate" }).click();
      await page.getByRole("dialog").getByText("The user is shut off").waitFor();
      await page.getByRole("heading", { name: `Deactivate: ${NAMES[place]}`, exact: true }).waitFor();
      await isText(page);
      await page.keyboard.press("Escape");
    }
    await page.evaluate(() => {
      location.hash = "#/users";
    });
    await page.getByRole("button", { name: `Actions for ${NAMES[0]}` }).click();
    await isText(page);
  });
});

test("what stands in the address is text, too, and so is what the bearer is called", async () => {
  const subject = "<img/src=x/onerror=document.title='run'>";
  const tenant = new Tenant("address");
  await withPage(
    { token: token("address", ["owner"], subject), expected: ["status of 404"] },
    async (page) => {
      await page.getByText(subject).waitFor();
      await page.evaluate((name) => {
        location.hash = `#/users/${encodeURIComponent(name)}`;
      }, NAMES[0]);
      await page.locator("[data-state=error]").first().waitFor();
      await page.evaluate((name) => {
        location.hash = `#/users?q=${encodeURIComponent(name)}`;
      }, NAMES[0]);
      await page.getByRole("heading", { name: "Nobody is like that" }).waitFor();
      assert.equal(await page.getByLabel("Search").inputValue(), NAMES[0]);
      await isText(page);
      assert.ok(tenant);
    },
  );
});

test("the page's policy stops what would get in nevertheless", async () => {
  const answer = await fetch(`${API}/console`);
  const policy = answer.headers.get("content-security-policy");
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    assert.ok(policy.includes(part), policy);
  }
  assert.ok(!policy.includes("unsafe"), policy);
  await withPage({ expected: ["requires 'Trusted", "Content Security Policy"] }, async (page) => {
    await page.getByLabel("Access token").waitFor();
    const stopped = await page.evaluate(() => {
      const results = [];
      try {
        document.body.innerHTML += "<img src=x onerror=\"document.title='run'\">";
      } catch (error) {
        results.push(error.name);
      }
      const button = document.createElement("button");
      button.setAttribute("formaction", "x");
      try {
        button.setAttribute("onclick", "document.title='run'");
        button.click();
      } catch (error) {
        results.push(error.name);
      }
      return [results[0], document.title];
    });
    assert.deepEqual(stopped, ["TypeError", "Sign in · Rollcall"]);
  });
});
