/* When a show starts, as a ticket's instance tells it. The portal puts it between reading.js and embed-open.js.
   `read_starts` in portal/spektrix/schemas.py and `starts_at` in portal/events/rules.py go by the same rule. */

const START = /^(2[01]\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;
const DAY_MS = 864e5;
const MOST_BETWEEN_RULES_MS = 72e5;

// By how much the clocks of a zone are ahead of UTC.
const ahead = (zone, instant) => {
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const shown = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
  return wall - Math.floor(instant / 1000) * 1000;
};

// Undefined for what is no start. Without an offset, `read` takes it as UTC.
const momentOf = (written) => {
  const [, wall, offset] = (typeof written === "string" && START.exec(written)) || [];
  const read = Date.parse(wall + "Z");
  // Some browsers read 30 February as 2 March.
  if (!(read > 0) || new Date(read).toISOString().slice(0, 16) !== wall.slice(0, 16)) return undefined;
  return { read: offset ? Date.parse(wall + offset) : read, bare: !offset };
};

// A wall time that comes twice in autumn means the pass that `utc` names, else its first one; one that the clocks
// skip is as long after midnight as it would have been.
const fromWall = (wall, zone, utc) => {
  const [first, second] = [-DAY_MS, DAY_MS].map((aside) => wall - ahead(zone, wall + aside));
  const isRight = (instant) => instant + ahead(zone, instant) === wall;
  return isRight(second) && (second === utc || !isRight(first)) ? second : first;
};

// Tickets say the wall time, so it wins while Spektrix's clock rules and this browser's differ. Hours apart, it is
// that of another zone. Spektrix leaves the Z out of `startUtc`.
const startOf = (instance, zone) => {
  const [utc, start] = [momentOf(own(instance, "startUtc")), momentOf(own(instance, "start"))];
  const instant = (utc || (start && !start.bare ? start : {})).read;
  if (!start || !start.bare || !zone) return instant;
  try {
    const byWall = fromWall(start.read, zone, instant);
    return Math.abs(byWall - instant) > MOST_BETWEEN_RULES_MS ? instant : byWall;
  } catch {
    // A zone that this browser does not know.
    return instant;
  }
};
