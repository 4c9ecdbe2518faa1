// Who looks. The token is kept in this tab alone, and is gone with it.

const PLACE = "rollcall.token";

/// Whether the backend may be one on this machine, whose outbox one may look into and whose issuer one may ask.
export const isOnThisMachine = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export function token() {
  return sessionStorage.getItem(PLACE);
}

export function signIn(text) {
  sessionStorage.setItem(PLACE, text);
}

export function signOut() {
  sessionStorage.removeItem(PLACE);
}

/// A link that brings a token along, as `…/console#token=…`. What is behind the # is never sent; it is taken out of the
/// address, so that it does not stay in the history. Only on this machine: elsewhere a link could let somebody in as
/// somebody else without their noticing.
export function takeFromAddress() {
  const brought = /^#token=([\w-]+\.[\w-]+\.[\w-]+)$/.exec(location.hash);
  if (!brought || !isOnThisMachine) return;
  signIn(brought[1]);
  history.replaceState(null, "", "#/users");
}

/// What a token says of its bearer, to be shown. Whether it is true is the API's business.
export function claims(text = token()) {
  const part = text?.split(".")[1];
  if (!part) return null;
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
    const told = JSON.parse(new TextDecoder().decode(bytes));
    const listed = Array.isArray(told.roles) ? told.roles : String(told.roles ?? "").split(/[\s,[\]]+/);
    const roles = listed.filter((it) => it.startsWith("rollcall:")).map((it) => it.slice("rollcall:".length));
    return {
      subject: told.sub,
      tenant: told.tenant,
      roles,
      expires: told.exp ? new Date(told.exp * 1000) : null,
    };
  } catch {
    return null;
  }
}

/// For screens that only the one or the other can look at. Unknown is a yes: the API is the judge.
export function hasOneOf(...roles) {
  const mine = claims()?.roles;
  return !mine || mine.length === 0 || roles.some((role) => mine.includes(role));
}
