/* Lets every plain link that stands in a [data-rezzy-widget] or a <rezzy-booking> open the booking window.
   Until one is pressed nothing is asked of anybody, and nothing is read. The portal puts a function around it. */

// Written in by the portal (portal/widgets/loader/wsgi.py), so that neither a tag manager nor an optimiser hides them.
const PORTAL = "__PORTAL__";
const OPENING = "__OPENING__";
const OPENING_MS = 6000;
const PLACES = "[data-rezzy-widget], rezzy-booking";
const nonce = (document.currentScript || {}).nonce || "";

// A tag manager may run this once for each of its tags, and a router once for each page. Who is there already
// answers; a page that writes itself anew (document.write) takes all listeners away, and with them that answer.
const MARK = "rezzy " + PORTAL;
if (!window.dispatchEvent(new Event(MARK, { cancelable: true }))) return;
window.addEventListener(MARK, (event) => event.preventDefault());

const warn = (words) => console.warn("Make a Rezzy: " + words);
const said = (place, name) => {
  const ours = place.localName === "rezzy-booking" ? "" : /^(date|party|performance)$/.test(name) ? "data-" : "data-rezzy-";
  return (place.getAttribute(ours + name) || "").trim();
};

// A page may ask for trusted types: the address of a script then comes from a policy whose name the page allows.
let policy;
const trusted = (address) => {
  try {
    policy = policy || trustedTypes.createPolicy("rezzy", { createScriptURL: () => address });
    return policy.createScriptURL("");
  } catch {
    return address;
  }
};

// The script that does the rest hands over its one function.
let loading;
const opening = () => {
  loading = loading || new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: trusted(PORTAL + OPENING), nonce, onerror: failed, rezzyOpens: done });
    document.head.append(script);
    setTimeout(failed, OPENING_MS);
  });
  return loading;
};

// A link that is drawn in SVG has neither an href in words nor a click().
let follows = false;
const follow = (link) => {
  follows = true;
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true }));
  follows = false;
};

// In the page the room down to the end of the screen is taken at once, so that nothing that is seen moves later.
const rooms = new WeakMap();
const roomIn = (place) => {
  const before = rooms.get(place);
  if (before && place.contains(before)) return before;
  const room = document.createElement("div");
  Object.assign(room.style, { display: "block", width: "100%", maxWidth: "40rem", margin: "1rem 0", overflow: "hidden" });
  place.append(room);
  room.style.height = `${Math.max(640, innerHeight - room.getBoundingClientRect().top)}px`;
  rooms.set(place, room);
  return room;
};

// The widget's settings are on their way while the script that wants them is. What the page's policy stops is
// told to the document alone, a moment after the call has failed.
const stopped = [];
const settingsOf = (id) => {
  if (!loading) {
    document.addEventListener("securitypolicyviolation", (event) => {
      if (event.disposition === "enforce") stopped.push(event.blockedURI);
    });
  }
  // A site may have put something that throws in fetch's place.
  const settings = (async () => (await fetch(`${PORTAL}/w/${id}/config`, { credentials: "omit" })).json())();
  settings.catch(() => "said later");
  return settings;
};

let busy = false;
const open = async (place, link, opener) => {
  if (busy) return;
  busy = true;
  const asked = { place, link, opener, stopped, room: said(place, "opens") === "page" ? roomIn(place) : null };
  for (const name of ["widget", "opens", "date", "party", "performance"]) asked[name] = said(place, name);
  asked.settings = settingsOf(asked.widget);
  try {
    const opens = await opening();
    // In a task of its own: on a slow phone running the script and opening the window are work enough each.
    await new Promise((done) => setTimeout(done));
    opens(asked);
  } catch {
    loading = null;
    if (asked.room) asked.room.remove();
    warn(`${PORTAL + OPENING} did not load. Does this page's Content-Security-Policy (script-src, trusted-types) allow it?`);
    follow(link);
  }
  busy = false;
};

// An opaque origin may not frame the booking page: a builder's sandbox gets a tab of its own, or its own frame.
const openBeside = (link) => {
  const { href } = new URL(link.getAttribute("href"), document.baseURI);
  return window.open(href, "_blank") || location.assign(href);
};

const takes = (place) =>
  /^[\w-]{1,40}$/.test(said(place, "widget")) &&
  (said(place, "opens") === "page" || typeof HTMLDialogElement === "function");

// One listener for the whole window outlives whatever page builders and routers do with the places,
// and comes before those that let no click through.
window.addEventListener("click", (event) => {
  if (follows || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const path = event.composedPath();
  const within = (selector) => path.findIndex((node) => node.matches && node.matches(selector));
  const link = path[within("a[href]")];
  const place = path[within(PLACES)];
  if (!link || !place || path.indexOf(link) > path.indexOf(place) || !takes(place)) return;
  event.preventDefault();
  if (self.origin === "null") openBeside(link);
  else open(place, link, link);
}, true);

// White or black, whichever is read better on the colour; either comes to 4.5 at least.
const inkOn = (color) => {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part > 0.04045 ? ((part + 0.055) / 1.055) ** 2.4 : part / 12.92));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
};

// Styles go in one by one: a host page's policy may forbid inline ones. Low enough to lie under a site's own dialogs.
// It stands beside the body, within which a menu's transform would keep it from the edge of the screen.
const makeButton = (place, link) => {
  const color = /^#[0-9a-f]{6}$/i.test(said(place, "color")) ? said(place, "color") : "#5b2a6e";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: link.textContent.trim() || "Book a table" });
  Object.assign(button.style, {
    position: "fixed", zIndex: "900", width: "auto", minWidth: "44px", minHeight: "48px", margin: "0",
    padding: "12px 24px", border: "1px solid transparent", borderRadius: "99px", cursor: "pointer",
    font: "600 16px/1.4 system-ui, sans-serif", letterSpacing: "normal", textTransform: "none",
    background: color, color: inkOn(color), boxShadow: "0 2px 12px rgb(0 0 0 / 30%)", right: "16px", bottom: "16px",
  });
  button.style.right = "max(16px, env(safe-area-inset-right))";
  button.style.bottom = "max(16px, env(safe-area-inset-bottom))";
  button.addEventListener("click", () => open(place, link, button));
  return button;
};

// One floating button a page. The link that it stands for keeps its room, so that nothing moves.
let floating;
const float = (place) => {
  const link = place.querySelector("a[href]");
  if (floating || !link || !takes(place) || self.origin === "null") return;
  floating = { place, link, button: makeButton(place, link), drawn: 0 };
  link.style.visibility = "hidden";
};
const drawFloating = () => {
  if (!floating) return;
  const { place, link, button } = floating;
  if (!place.isConnected || !place.contains(link)) {
    button.remove();
    floating = null;
  } else if (!button.isConnected && (floating.drawn += 1) < 50) {
    document.documentElement.append(button);
  }
};

const adopt = (place) => {
  if (!place.hasAttribute("data-rezzy-ready")) place.setAttribute("data-rezzy-ready", "");
  if (said(place, "opens") === "floating") float(place);
};
const look = () => {
  drawFloating();
  document.querySelectorAll(PLACES).forEach(adopt);
  drawFloating();
};

look();
new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
if (window.customElements && !customElements.get("rezzy-booking")) {
  customElements.define("rezzy-booking", class extends HTMLElement {
    connectedCallback() {
      adopt(this);
      drawFloating();
    }
  });
}
