// The one place that talks to the API.

import { signOut, token } from "./session.js";

/// What the API refused, or that it could not be asked: `status` is 0 then.
export class Refused extends Error {
  constructor(status, problem, retryAfter = null) {
    super(problem.detail ?? problem.title);
    Object.assign(this, { status, problem, retryAfter });
  }

  get code() {
    return this.problem.code;
  }
}

/// `path`/v1/users/${id}`` with what is put in written as a segment.
export function path(parts, ...values) {
  return parts.reduce((text, part, place) => text + encodeURIComponent(values[place - 1]) + part);
}

/// The same with parameters, but for those that are empty.
export function query(path, parameters) {
  const wanted = Object.entries(parameters).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return wanted.length === 0 ? path : `${path}?${new URLSearchParams(wanted)}`;
}

/// Asks once. `known` is the ETag of what one has: the answer may be 304 then, without a body.
export async function ask(where, { method = "GET", body, headers = {}, signal, known } = {}) {
  const bearer = token();
  const sent = { Accept: "application/json", Authorization: `Bearer ${bearer ?? ""}`, ...headers };
  if (known) sent["If-None-Match"] = known;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const response = await reached(where, {
    method,
    headers: sent,
    signal,
    body: body && JSON.stringify(body),
  });
  if (response.status === 304) return { status: 304, body: null, etag: known, headers: response.headers };
  const told = await content(response);
  if (response.ok)
    return {
      status: response.status,
      body: told,
      etag: response.headers.get("etag"),
      headers: response.headers,
    };
  const refused = new Refused(
    response.status,
    problem(response.status, told),
    Number(response.headers.get("retry-after")) || null,
  );
  // Another one may have been brought meanwhile.
  if (response.status === 401 && token() === bearer) {
    signOut();
    dispatchEvent(new CustomEvent("unauthenticated", { detail: refused }));
  }
  throw refused;
}

async function reached(where, request) {
  try {
    // Whatever may be kept is kept here, by its ETag.
    return await fetch(where, { ...request, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const detail = "Look whether it runs, and whether this machine reaches it. It is asked again by and by.";
    throw new Refused(0, { code: "unreachable", title: "The backend does not answer", detail });
  }
}

async function content(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

/// The API's own problem, or what a gateway says in front of it.
function problem(status, told) {
  if (told?.code) return told;
  const titles = {
    401: "The token is not accepted",
    403: "This token may not do that",
    404: "There is no such thing",
  };
  return {
    status,
    code: { 401: "unauthenticated", 403: "forbidden" }[status] ?? `status-${status}`,
    title: titles[status] ?? "The backend cannot answer",
    detail: told?.message ? `The gateway says: ${told.message}.` : `It answered with status ${status}.`,
  };
}

/// A question that is asked over and over: unchanged, the answer is the same object.
export function repeated(where, headers = () => ({})) {
  let etag, last;
  return async (signal) => {
    const answer = await ask(where, { signal, known: etag, headers: headers() });
    if (answer.status !== 304) [etag, last] = [answer.etag, answer.body];
    return last;
  };
}
