/** A time for people, in UTC: `2024-01-01 09:00:05`. A text that is no time comes back as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toISOString().slice(0, 19).replace("T", " ");
}
