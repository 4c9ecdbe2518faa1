// The backend that ../console.sh has started, as a program asks it.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const API = process.env.CONSOLE_API;
const [ROLLCALL, DATA] = [process.env.CONSOLE_ROLLCALL, process.env.CONSOLE_DATA];
const EVERYTHING = ["owner", "replay_operator"];

/// A token of the local issuer.
export function token(tenant, roles = EVERYTHING, subject = "admin") {
  const named = roles.flatMap((role) => ["--role", role]);
  return execFileSync(
    ROLLCALL,
    ["token", "--data", DATA, "--tenant", tenant, "--subject", subject, ...named],
    { encoding: "utf8" },
  ).trim();
}

/// A tenant of its own for each file of tests, so that they run side by side.
export class Tenant {
  constructor(name) {
    this.name = name;
    this.token = token(name);
  }

  async call(method, path, body, headers = {}) {
    const sent = { authorization: `Bearer ${this.token}`, ...headers };
    if (body !== undefined) sent["content-type"] = "application/json";
    const answer = await fetch(API + path, { method, headers: sent, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 304) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return { status: answer.status, etag: answer.headers.get("etag"), body: text ? JSON.parse(text) : null };
  }

  get(path) {
    return this.call("GET", path).then((answer) => answer.body);
  }

  role(name) {
    return this.call("POST", "/v1/roles", { name });
  }

  /// A user, once the mail is out; answers the id.
  async user(userName, more = {}) {
    const body = {
      userName,
      displayName: userName,
      email: `${userName}@${this.name}.example`,
      roles: [],
      ...more,
    };
    const {
      body: { id },
    } = await this.call("POST", "/v1/users", body, { "idempotency-key": userName });
    await this.until(id, (it) => it.status !== "provisioning");
    return id;
  }

  /// A user who has followed the link.
  async active(userName, more = {}) {
    const id = await this.user(userName, more);
    await this.call("POST", "/v1/confirmations", { token: linkOf(id) });
    await this.until(id, (it) => it.status === "active");
    return id;
  }

  order(id, command, body = {}) {
    return this.call("POST", `/v1/users/${id}/${command}`, body);
  }

  /// Imports users from NDJSON.
  async upload(rows, parameters = "") {
    const headers = {
      authorization: `Bearer ${this.token}`,
      "content-type": "application/x-ndjson",
      "idempotency-key": "file",
    };
    const answer = await fetch(`${API}/v1/imports${parameters}`, { method: "POST", headers, body: rows });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  }

  /// Waits, by asking with `wait`, until the user's provisioning is as it should be.
  async until(id, isSo) {
    for (let known; ; ) {
      const headers = known ? { "if-none-match": known } : {};
      const answer = await this.call(
        "GET",
        `/v1/users/${id}/provisioning${known ? "?wait=20" : ""}`,
        undefined,
        headers,
      );
      if (answer.body && isSo(answer.body)) return answer.body;
      known = answer.etag ?? known;
    }
  }
}

/// Makes the row of a user in `user_directory` one that nobody can read, so that its stream is parked.
export async function spoilRow(tenant, id) {
  const { dynamodb } = JSON.parse(readFileSync(join(DATA, "addresses.json"), "utf8"));
  const answer = await fetch(dynamodb, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.UpdateItem",
      "x-amz-date": new Date().toISOString().replace(/[:-]|\.\d{3}/g, ""),
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20261122/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({
      TableName: "rollcall-views",
      Key: { pk: { S: `${tenant}#user_directory@1` }, sk: { S: id } },
      UpdateExpression: "SET d = :d",
      ExpressionAttributeValues: { ":d": { S: "?" } },
    }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/// The token of the link in the newest mail to the user, who is named in its Message-ID. Names begin with the time.
function linkOf(id) {
  const folder = join(DATA, "outbox");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".eml"))
    .sort();
  const mails = names.map((name) => readFileSync(join(folder, name), "utf8"));
  const mail = mails.findLast((text) => text.includes(`Message-ID: <${id}.`));
  return /^http.*\/confirm\?token=(1\..*?)\r?$/m.exec(mail)[1];
}
