// A mail of the outbox, which only a backend on one's own machine has.

import { modal } from "./act.js";
import { ask, path } from "./api.js";
import { h, show } from "./dom.js";
import { button, fact } from "./parts.js";
import { loading, told } from "./states.js";

/// Shows the mail of this name.
export async function preview(name) {
  const place = h("div", {}, loading("the mail"));
  modal("The mail, as it went to the outbox", place, (close) => [button("Close", close)]);
  try {
    const { body } = await ask(path`/local/mails/${name}`);
    const { headers, text } = read(body.source);
    show(
      place,
      h(
        "dl",
        { class: "facts" },
        ["From", "To", "Subject"].map((it) => fact(it, headers[it.toLowerCase()] ?? "")),
      ),
      h(
        "div",
        { class: "mail", tabindex: 0, role: "region", "aria-label": "Text of the mail" },
        linked(text),
      ),
    );
  } catch (error) {
    if (error.problem === undefined) throw error;
    show(
      place,
      error.status === 404 ? h("p", {}, "The mail is not in the outbox of this backend.") : told(error),
    );
  }
}

/// Headers and plain text of a mail (RFC 5322, 2045).
export function read(source) {
  const { headers, body } = part(source);
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "")?.[1];
  if (!boundary) return { headers, text: decoded(headers, body) };
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((it) => part(it.replace(/^\r?\n/, "")));
  const plain = parts.find((it) => /^text\/plain/.test(it.headers["content-type"] ?? "")) ?? parts[0];
  return { headers, text: plain ? decoded(plain.headers, plain.body) : "" };
}

function part(source) {
  const [head, ...rest] = source.split(/\r?\n\r?\n/);
  const lines = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = Object.fromEntries(
    lines
      .map((line) => /^([^:]+):\s*(.*)$/.exec(line))
      .filter(Boolean)
      .map(([, name, value]) => [name.toLowerCase(), words(value)]),
  );
  return { headers, body: rest.join("\n\n") };
}

function decoded(headers, body) {
  const encoding = (headers["content-transfer-encoding"] ?? "").toLowerCase();
  if (encoding === "base64") return utf8(atob(body.replace(/\s/g, "")));
  return encoding === "quoted-printable" ? quoted(body.replace(/=\r?\n/g, "")) : body;
}

/// Words of other letters than ASCII, in headers (RFC 2047).
function words(value) {
  const joined = value.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, text) =>
    kind.toLowerCase() === "b" ? utf8(atob(text)) : quoted(text.replaceAll("_", " ")),
  );
}

const quoted = (text) =>
  utf8(text.replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))));
const utf8 = (bytes) => new TextDecoder().decode(Uint8Array.from(bytes, (it) => it.charCodeAt(0)));

/// The confirmation link of this backend can be followed; nothing else becomes a link.
function linked(text) {
  return text
    .split(/(\S+\/confirm\?token=\S+)/)
    .map((it) =>
      it.startsWith(`${location.origin}/confirm?token=`)
        ? h("a", { href: it, target: "_blank", rel: "noopener noreferrer" }, it)
        : it,
    );
}
