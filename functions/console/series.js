// Figures over the last hour, since the console was opened: the API tells what is, and this remembers what was.

const HOUR = 3_600_000;
const kept = new Map();

export function record(name, value, at = Date.now()) {
  if (!Number.isFinite(value)) return;
  const points = kept.get(name) ?? [];
  points.push({ at, value });
  while (points[0].at < at - HOUR) points.shift();
  kept.set(name, points);
}

/// Oldest first.
export function series(name) {
  return kept.get(name) ?? [];
}

/// `Read-Lag`, as it comes with every list: seconds, or `unknown`.
export function lagged(header) {
  if (header !== null && header !== "unknown") record("lag", Number(header));
}
