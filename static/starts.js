/* When a show starts, as a ticket's instance tells it. The portal puts it between reading.js and embed-open.js.
   `read_starts` in portal/spektrix/schemas.py and `starts_at` in portal/events/rules.py go by the same rule. */

const START = /^(2[01]\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;
const APART_MS = 72e5;

// By how much the clocks of a zone are ahead of UTC. Swedish writes a time as ISO does.
const ahead = (zone, instant) => {
  const shown = new Date(instant).toLocaleString("sv", { timeZone: zone });
  return Date.parse(shown.replace(" ", "T") + "Z") - instant + (instant % 1000);
};

// Undefined for what is no start. Without an offset, `read` takes it as UTC.
const momentOf = (instance, name) => {
  const [, wall, offset] = START.exec(text(instance, name, START)) || [];
  const read = Date.parse(wall + "Z");
  // Some browsers read 30 February as 2 March.
  const exists = read > 0 && new Date(read).toISOString().startsWith(wall.slice(0, 16));
  return exists ? { read: offset ? Date.parse(wall + offset) : read, bare: !offset } : undefined;
};

// By what holds a day before it and a day after. A wall time that comes twice in autumn means the pass that `utc`
// names, else its first one; one that the clocks skip is as long after midnight as it would have been.
const fromWall = (wall, zone, utc) => {
  const [first, second] = [-864e5, 864e5].map((aside) => wall - ahead(zone, wall + aside));
  const isRight = (instant) => instant + ahead(zone, instant) === wall;
  return isRight(second) && (second === utc || !isRight(first)) ? second : first;
};

// Tickets say the wall time, so it wins while Spektrix's clock rules and this browser's differ. Hours apart, it is
// that of another zone. Spektrix leaves the Z out of `startUtc`.
const startOf = (instance, zone) => {
  const utc = momentOf(instance, "startUtc");
  const start = momentOf(instance, "start");
  const wall = start && start.bare;
  const instant = (utc || (wall ? {} : start) || {}).read;
  if (!wall || !zone) return instant;
  try {
    const byWall = fromWall(start.read, zone, instant);
    return !byWall || Math.abs(byWall - instant) > APART_MS ? instant : byWall;
  } catch {
    // A zone that this browser does not know.
    return instant;
  }
};
