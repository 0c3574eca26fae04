/** Times are microseconds since 1970 inside and ISO 8601 in UTC, to the microsecond, outside. */

/** `2026-01-31T08:00:00.123456Z` */
export function formatTime(us: number): string {
  const seconds = new Date(Math.floor(us / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(us % 1_000_000).padStart(6, '0')}Z`;
}

/** As scripts are given a time that is a number of seconds here. */
export const microsText = (seconds: number): string => String(Math.round(seconds * 1_000_000));
