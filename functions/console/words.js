// What the API's words are called here, and the shape that goes with each: nothing is told by a colour alone.

const STATUSES = {
  provisioning: ["Provisioning", "busy", "Roles are being linked, or the mail is on its way."],
  pending_confirmation: [
    "Waiting for confirmation",
    "wait",
    "The mail was sent; its link was not followed yet.",
  ],
  active: ["Active", "good", "Provisioned and confirmed."],
  inactive: ["Inactive", "off", "Shut off."],
  provisioning_failed: ["Provisioning failed", "bad", "A step has failed for good; it can be retried."],
  expired: [
    "Link expired",
    "warn",
    "The link in the mail was not followed in time; another one can be sent.",
  ],
  deleted: ["Deleted", "off", "Gone; can be restored within thirty days."],
};

const STEPS = {
  waiting: ["Not yet", "wait"],
  pending: ["Under way", "busy"],
  retrying: ["Retrying", "warn"],
  succeeded: ["Done", "good"],
  failed: ["Failed", "bad"],
  skipped: ["Skipped", "off"],
  stopped: ["Stopped", "off"],
};

const REPLAYS = {
  building: ["Building", "busy"],
  verifying: ["Verifying", "busy"],
  verified: ["Verified", "good"],
  mismatched: ["Mismatched", "bad"],
  promoting: ["Promoting", "busy"],
  promoted: ["Live", "good"],
  rolling_back: ["Rolling back", "busy"],
  rolled_back: ["Rolled back", "warn"],
  cancelling: ["Cancelling", "busy"],
  cancelled: ["Cancelled", "off"],
  finishing: ["Finishing", "busy"],
  finished: ["Finished", "good"],
};

const IMPORTS = {
  uploading: ["Uploading", "busy"],
  running: ["Running", "busy"],
  cancelling: ["Cancelling", "busy"],
  cancelled: ["Cancelled", "off"],
  stopped: ["Stopped", "bad"],
  done: ["Done", "good"],
};

const EVENTS = {
  "user.created": "The user is created",
  "user.profile_changed": "The names are changed",
  "user.email_changed": "The address is replaced",
  "user.email_change_requested": "A new address is asked for; the old one stays until it is confirmed",
  "user.email_change_dropped": "The change of the address is dropped",
  "user.roles_changed": "The roles that the user is to have are changed",
  "user.role_linked": "A role is linked",
  "user.role_unlinked": "A role is unlinked",
  "user.provisioned": "Provisioning is complete",
  "user.activated": "The user is active at once",
  "user.expiry_scheduled": "The day on which the user is shut off is set",
  "user.deactivated": "The user is shut off",
  "user.reactivated": "The user is let in again",
  "user.deleted": "The user is deleted; address and name are free again",
  "user.restored": "The user is restored, shut off",
  "provisioning.started": "Provisioning begins",
  "provisioning.step_requested": "It is the turn of a step",
  "provisioning.stopped": "Provisioning stops",
  "provisioning.failed": "Provisioning fails",
  "provisioning.compensated": "What the attempt has done is undone",
  "confirmation.revoked": "The link that is out dies",
  "confirmation.resend_requested": "Another mail with a link is sent",
};

const named = (words, word) => words[word] ?? [word, "wait"];

export const status = (word) => named(STATUSES, word);
export const stepState = (word) => named(STEPS, word);
export const replayState = (word) => named(REPLAYS, word);
export const importState = (word) => named(IMPORTS, word);
export const statuses = Object.keys(STATUSES);

/// What an event that is yet to come means.
export const eventSentence = (type) => EVENTS[type] ?? type;

/// A step as people call it: `link_role:engineer` is “Role engineer”.
export function stepName(step) {
  const [kind, rest] = step.split(/:(.*)/s);
  if (kind === "link_role") return `Role ${rest}`;
  if (kind === "send_confirmation") return "Confirmation mail";
  if (kind === "notify_email_change") return "Notice to the old address";
  return step;
}

/// Whose doing something is: `user:admin-1` is admin-1.
export function actorName(actor) {
  return actor.startsWith("user:") ? actor.slice("user:".length) : actor.replace(/^system:/, "the ");
}
