/* Opens the booking page over or inside the host page, reads the basket of its visitor, and talks with the frame.
   embed.js loads it when somebody asks for a table, and not before; it stores nothing. reading.js and starts.js
   come before it. */

// ---- This page ----

const script = document.currentScript;
const ours = new URL(script.src);
const portal = ours.origin;
const VERSION = "3";
// What a builder writes into a frame has no address of its own.
const here = location.host ? location : new URL(document.baseURI);
const warn = (words) => console.warn("Make a Rezzy: " + words);

// ---- What is taken from a basket ----

const LARGEST_BASKET = 3e6;

const parsed = (words) => {
  try {
    return words.length > LARGEST_BASKET ? undefined : JSON.parse(words);
  } catch {
    return undefined;
  }
};

// Its id, its customer's id, when its shows start, and nothing else (R40).
// Null for one that is empty, undefined for what is no basket.
const shaped = (data, zone) => {
  const tickets = own(data, "tickets");
  if (!Array.isArray(tickets)) return undefined;
  const id = text(data, "id", BASKET_ID);
  if (!id || !tickets.length) return null;
  const upcoming = new Set();
  for (const ticket of tickets.slice(0, 5000)) {
    const instance = own(ticket, "instance");
    const start = own(instance, "cancelled") ? undefined : startOf(instance, zone);
    if (start > Date.now()) upcoming.add(start);
  }
  const starts = [...upcoming].sort((a, b) => a - b).slice(0, MOST_STARTS).map((start) => new Date(start).toISOString());
  const customer_id = text(own(data, "customer"), "id", /^[^\s/]{1,64}$/);
  return { basket: { id, customer_id, starts_at: starts[0] || null }, starts };
};

// ---- Spektrix's own script on this page ----

// A browser or a builder's sandbox may shut the storage.
const stored = (key) => {
  try {
    return localStorage.getItem(key) || "";
  } catch {
    return "";
  }
};
const kept = (key) => parsed(stored(key));

const components = () => [...document.querySelectorAll("[client-name]")].filter(({ localName }) => /^spektrix-/.test(localName));
const runs = () => components().some((each) => each.matches(":defined"));
// What changes when Spektrix's script comes late.
const trace = () => stored("spektrixBasket") + runs();

// The host of a custom domain, which some pages write as a whole address.
const hostOf = (written, usual) => {
  const rest = String(written || "").trim().replace(/^(https?:)?\/*/i, "");
  try {
    return rest ? new URL("https://" + rest).host : usual;
  } catch {
    return written;
  }
};
const EMBEDDED = /^https?:\/\/([^/]+)\/([^/]+)\/website\//i;

// Where Spektrix's components and embedded pages ask, else where its script asked within a day. Another client's
// say nothing beside one of ours. Check a page goes by the same rule (portal/widgets/page_check/report.py).
const spektrixHere = ({ url: { host, pathname }, usualHost }) => {
  const client = decodeURIComponent(pathname.split("/")[1]);
  const isOurs = ([, named]) => named.toLowerCase() === client.toLowerCase();
  const constants = kept("spektrixClientConstants");
  const recent = Date.now() - own(constants, "timestamp") < 864e5 ? own(constants, "data") : null;
  const left = [hostOf(own(recent, "spektrixHost"), host), String(own(recent, "clientName") || client)];
  const named = [
    ...components().map((each) => [hostOf(each.getAttribute("custom-domain"), usualHost), each.getAttribute("client-name").trim()]),
    ...[...document.querySelectorAll("iframe, script")].map(({ src }) => (EMBEDDED.exec(src) || []).slice(1)),
  ].filter(([, name]) => name);
  const ours = named.filter(isOurs);
  const deciding = [ours, named, [left]].find((each) => each.length);
  const wrong = deciding.find((each) => each[0] !== host || !isOurs(each));
  return {
    runs: components().length ? runs() : !!recent,
    foreign: ![left, ...named].every(isOurs),
    elsewhere: wrong && `${wrong.join("/")}, not ${host}/${client}`,
  };
};

// ---- Reading the basket, and why there is no date ----

const BASKET_MS = 2000;

const askSpektrix = async ({ url, zone }, signal) => {
  try {
    const answer = await fetch(url, { credentials: "include", cache: "no-store", signal });
    if (answer.status === 404) return { found: null };
    if (!answer.ok) return { fault: "failed", said: answer.status };
    const found = shaped(parsed(await answer.text()), zone);
    return found === undefined ? { fault: "failed", said: "something else" } : { found };
  } catch {
    return { fault: signal.aborted ? "timed_out" : "unread" };
  }
};

const barred = ({ origin }) => ["blocked", `the Content-Security-Policy (connect-src) leaves out ${origin}`];

// A reason (table: portal/widgets/openings/views.py), and words for the console.
const explain = async (visit, { fault, said }, copy, policyStops, signal) => {
  const { url } = visit;
  const { host } = url;
  const theirs = spektrixHere(visit);
  if (theirs.elsewhere) return ["wrong_host", `Spektrix's component here uses ${theirs.elsewhere}`];
  if (!fault) return ["no_basket"];
  if (fault === "timed_out") return [fault, `${host} did not hand over the basket in time`];
  if (fault === "failed") return [fault, `Spektrix answered ${said} when asked for the basket`];
  if (await policyStops(url)) return barred(url);
  if (!theirs.runs && !copy) return ["script_missing", `spektrix-basket-summary does not run here, and ${host} could not be read`];
  // Without asking for permission: is anybody there at all?
  return fetch(url, { mode: "no-cors", credentials: "omit", signal }).then(
    () => ["failed", `${host} does not let this website read the basket. Is it among its allowed ones?`],
    () => [signal.aborted ? "timed_out" : "blocked", `calls to ${host} are stopped, as by a content blocker`],
  );
};

// Spektrix's answer counts; the copy that its component left may be old, and serves only where none comes.
const readBasket = async (visit, why) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), BASKET_MS);
  const copy = spektrixHere(visit).foreign ? null : shaped(own(kept("spektrixBasket"), "data"), visit.zone);
  const answer = await askSpektrix(visit, stop.signal);
  const found = answer.fault ? copy : answer.found;
  const reasons = found && found.basket.starts_at !== null ? ["filled"] : await why(answer, copy, stop.signal);
  clearTimeout(timer);
  return [found, ...reasons];
};

const firstLook = async (visit) => {
  // What the page's policy stops is told to the document alone, a moment after the call has failed.
  const policyStops = async ({ origin }) => {
    await new Promise((done) => setTimeout(done, 50));
    return visit.asked.stopped.some((address) => address.startsWith(origin));
  };
  let config;
  try {
    config = await visit.asked.settings;
  } catch {
    if (await policyStops(ours)) return [null, ...barred(ours), true];
    return [null, "not_listed", `the settings of widget ${visit.id} could not be read. Is ${here.host} on its list of websites?`];
  }
  if (config.spektrix !== true) return [null, config.reason || "off"];
  visit.seen = trace();
  visit.url = new URL(config.basket_url);
  visit.usualHost = config.usual_host;
  visit.zone = config.zone;
  return readBasket(visit, (answer, copy, signal) => explain(visit, answer, copy, policyStops, signal));
};

// ---- One opening, from the first look at the basket to the last ----

const SETTLE_MS = 10000;
const MOST_READS = 40;
const visits = new Set();
// Handed back at the next opening; gone with the page.
const booked = new Map();

const message = (found, reason) => ({
  type: "rezzy:basket",
  basket: found ? found.basket : null,
  reason,
  ...(found && found.starts.length > 1 && { starts: found.starts }),
});
const tell = ({ id, frame }, told, more) => {
  const sealed = booked.get(id);
  if (frame.contentWindow) frame.contentWindow.postMessage({ ...told, ...(sealed && { booked: sealed }), ...more }, portal);
};

// One anonymous signal an opening. Where the page's policy keeps it from the portal, the frame sends it.
const signal = (id, reason, unheard) => {
  const page = `${here.protocol}//${here.host}${here.pathname}`.slice(0, 400);
  const body = new URLSearchParams({ reason, page, snippet: VERSION });
  if (unheard) return { signal: body + "" };
  const address = `${portal}/w/${id}/opened`;
  if (!navigator.sendBeacon || !navigator.sendBeacon(address, body)) {
    fetch(address, { method: "POST", body, mode: "no-cors", credentials: "omit", keepalive: true }).catch(warn);
  }
  return {};
};

const begin = async (visit) => {
  const [found, reason, words, unheard] = await firstLook(visit);
  if (words) warn(words + ". Booking works without a date filled in.");
  if (reason === "not_listed") showRescue(visit, true);
  visit.reason = reason;
  visit.told = message(found, reason);
  if (reason === "filled" || !visit.url || !visits.has(visit)) return signal(visit.id, reason, unheard);
  // A basket may come yet: what counts is how the opening ended.
  visit.unsettled = setTimeout(settle, SETTLE_MS, visit);
  return {};
};
const settle = (visit) => {
  if (!visit.unsettled) return;
  clearTimeout(visit.unsettled);
  visit.unsettled = 0;
  signal(visit.id, visit.told.reason);
};
const drop = (visit) => {
  settle(visit);
  clearTimeout(visit.late);
  clearInterval(visit.timer);
  visits.delete(visit);
};

const readAgain = async (visit) => {
  const [found, reason] = await readBasket(visit, () => [visit.reason]);
  const told = message(found, reason);
  const changed = JSON.stringify(told) !== JSON.stringify(visit.told);
  visit.told = told;
  return changed;
};
const readLate = async (visit) => {
  if (!visit.box.isConnected) {
    if (!visit.asked.room) return drop(visit);
    // A router that keeps its pages brings a place back with what stands in it, and its frame loads anew.
    clearInterval(visit.timer);
    visit.timer = 0;
    return;
  }
  if (!visit.url || visit.reading || visit.reads > MOST_READS) return;
  const now = trace();
  if (now === visit.seen && !visit.stale) return;
  Object.assign(visit, { reading: true, stale: false, seen: now, reads: visit.reads + 1 });
  if (await readAgain(visit)) tell(visit, visit.told);
  if (visit.told.reason === "filled") settle(visit);
  visit.reading = false;
};

// ---- The window and its frame ----

const FRAME_MS = 8000;
const FROM_PAGE = { date: /^\d{4}-\d\d-\d\d$/, party: /^\d{1,3}$/, performance: /^\w{1,64}$/ };
const SEEN = {
  display: "block", visibility: "visible", opacity: "1", transform: "none", filter: "none", "clip-path": "none", border: "0",
  position: "static", float: "none", "min-width": "0", "min-height": "0", "pointer-events": "auto", "color-scheme": "light dark",
};

// Styles go in one by one, since a host page's policy may forbid inline ones, and with priority, since its own
// rules may be for all frames or all paragraphs.
const style = (made, styles) => {
  for (const [name, value] of Object.entries(styles)) made.style.setProperty(name, value, "important");
};
const element = (name, styles, properties) => {
  const made = document.createElement(name);
  style(made, styles);
  return Object.assign(made, properties);
};
const showRescue = ({ rescue }, shown) => style(rescue, { display: shown ? "block" : "none" });

const makeFrame = (asked) => {
  const address = new URL(`${portal}/w/${asked.widget}`);
  address.searchParams.set("framed", "1");
  address.searchParams.set("host", self.origin);
  for (const [name, pattern] of Object.entries(FROM_PAGE)) {
    if (pattern.test(asked[name])) address.searchParams.set(name, asked[name]);
    else if (asked[name]) warn(`${name} "${asked[name].slice(0, 40)}" is not one, so nothing is filled in from it`);
  }
  const words = asked.link.textContent.trim();
  const title = /^book a table at /i.test(words) ? words : "Book a table at " + here.hostname;
  const whole = { width: "100%", "max-width": "100%", height: "100%", "max-height": "none", margin: "0", padding: "0" };
  const frame = element("iframe", { ...SEEN, ...whole }, { title, src: address.href });
  const rescue = element("p", { display: "none", margin: "0", padding: "1rem", font: "1rem/1.5 system-ui", overflow: "hidden" });
  rescue.append(
    element("button", { float: "right", "margin-left": "1rem" }, { type: "button", textContent: "Close" }),
    "The booking page did not load here. ",
    // A builder's frame may not lead the page around it elsewhere.
    element("a", { display: "inline-block", padding: "0.6rem 0" }, {
      href: new URL(asked.link.getAttribute("href"), document.baseURI).href, target: self === top ? "_self" : "_blank", textContent: "Open the booking page",
    }),
  );
  return { frame, rescue, title };
};

// On a phone the window fills the screen; elsewhere it is as high as its contents.
const roomy = () => innerWidth >= 640;
const VH = CSS.supports("height", "1dvh") ? "dvh" : "vh";

const overPage = ({ frame, rescue, title }) => {
  // The focus waits here until the frame's own script listens: a key pressed before that would be heard by nobody.
  const dialog = element("dialog", {
    ...SEEN, outline: "none", position: "fixed", inset: "0", width: "min(32rem, 100vw)", "max-width": "100vw",
    height: roomy() ? `min(48rem, 92${VH})` : `100${VH}`, "max-height": `100${VH}`,
    margin: roomy() ? `4${VH} auto auto` : "auto", padding: "0", "border-radius": roomy() ? "14px" : "0",
    overflow: "hidden", "box-shadow": "0 8px 40px rgb(0 0 0 / 35%)", background: "Canvas",
  });
  dialog.setAttribute("aria-label", title);
  dialog.tabIndex = -1;
  dialog.append(rescue, frame);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus();
  return {
    box: dialog,
    grow: (height) => {
      style(dialog, { height: roomy() ? `min(${Math.max(height, 320)}px, 92${VH})` : `100${VH}` });
    },
  };
};

// It only grows: what stands below must not come up again under somebody's finger.
const inPage = ({ frame, rescue }, { room }) => {
  room.append(rescue, frame);
  return {
    box: room,
    grow: (height) => {
      room.style.height = `${Math.max(height, room.offsetHeight)}px`;
    },
  };
};

const finish = (visit) => {
  drop(visit);
  visit.box.remove();
  const { opener, widget } = visit.asked;
  const now = opener.isConnected ? opener : document.querySelector(`[data-rezzy-widget="${widget}"] a[href]`);
  if (now) now.focus();
};
// A dialog tells when it has closed, whoever closed it.
const close = (visit) => (visit.box.close ? visit.box.close() : finish(visit));

// ---- What the frame says ----

const LOOK_MS = 500;

const heard = {
  "rezzy:close": close,
  "rezzy:chosen": settle,
  "rezzy:height": (visit, { data }) => {
    const height = own(data, "height");
    if (Number.isFinite(height) && height > 0 && height < 1e5) visit.grow(Math.ceil(height));
  },
  "rezzy:ready": async (visit) => {
    clearTimeout(visit.late);
    if (document.activeElement === visit.box) visit.frame.focus();
    const unsent = await visit.begun;
    showRescue(visit, false);
    tell(visit, visit.told, unsent);
    visit.begun = Promise.resolve({});
    visit.timer = visit.timer || setInterval(readLate, LOOK_MS, visit);
  },
  "rezzy:reread": async (visit, { data }) => {
    const nonce = text(data, "nonce", /^[\w-]{1,64}$/);
    if (!nonce) return;
    await visit.begun;
    if (visit.url) await readAgain(visit);
    tell(visit, visit.told, { nonce });
  },
  "rezzy:booked": (visit, { data }) => {
    const sealed = text(data, "booked", /^[\w.=~-]{0,2000}$/);
    if (sealed !== null) booked.set(visit.id, sealed);
  },
  "rezzy:look?": (visit) => {
    const family = getComputedStyle(visit.asked.place).fontFamily.replace(/[^\w ,"'-]/g, "").slice(0, 200);
    visit.frame.contentWindow.postMessage({ type: "rezzy:look", family }, portal);
  },
};

window.addEventListener("message", (event) => {
  if (event.origin === portal) {
    const visit = [...visits].find(({ frame }) => frame.contentWindow === event.source);
    const type = visit && text(event.data, "type", /^rezzy:/);
    if (type && Object.hasOwn(heard, type)) heard[type](visit, event);
    return;
  }
  // An embedded page of Spektrix's tells of the basket it shows, without its id: a reason to ask again, no more.
  const concerned = [...visits].filter(({ url }) => url && url.origin === event.origin);
  if (!concerned.length) return;
  const data = typeof event.data === "string" ? parsed(event.data) : event.data;
  const tells = own(data, "basketContents") !== undefined || own(data, "basketHash") !== undefined;
  for (const visit of concerned) visit.stale = visit.stale || tells;
});

window.addEventListener("pagehide", () => visits.forEach(settle));

// ---- Opening it ----

script.rezzyOpens((asked) => {
  const before = [...visits].find((visit) => visit.asked.place === asked.place && visit.box.isConnected);
  if (before) return before.frame.focus();
  const made = makeFrame(asked);
  const visit = { id: asked.widget, asked, reads: 0, ...made };
  Object.assign(visit, asked.room ? inPage(made, asked) : overPage(made));
  visits.add(visit);
  // Whatever a page has done to what this needs, the guest gets the plain picker.
  visit.begun = begin(visit).catch(() => ({}));
  visit.late = setTimeout(() => {
    showRescue(made, true);
    warn(`the booking page did not load. Does this page's Content-Security-Policy allow frames of ${portal}?`);
  }, FRAME_MS);
  made.rescue.firstChild.addEventListener("click", () => close(visit));
  visit.box.addEventListener("close", () => finish(visit));
  if (asked.room) made.frame.focus();
});
