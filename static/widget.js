/* The frame's side of the conversation with the host page, and what makes htmx's swaps kind. Stores nothing.
   reading.js comes before it. */

// ---- The frame, its page and its host page ----

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const meta = (name) => document.querySelector(`meta[name="rezzy-${name}"]`)?.content || "";
// The server names the host page's origin after looking it up in the widget's list.
const host = meta("host");
const framed = window.parent !== window;
const heard = framed && !!host;
if (framed) root.dataset.framed = "";

const tell = (message) => heard && window.parent.postMessage(message, host);

const screen = () => document.querySelector("#main > [data-rezzy-pick]");
const waiting = () => document.querySelector("[data-rezzy-loading]");
const pickForm = () => byId("pick-form");
const currentShow = () => screen()?.dataset.show || "";

// What the host page told of the basket. Of all this only its id and one start ever leave the frame.
let basket = { id: "", signedIn: false, show: "", starts: [] };
let booked = "";
// From then on the guest's own date counts, and not that of a basket which is found late.
let chosen = false;
const choose = () => {
  if (!chosen) tell({ type: "rezzy:chosen" });
  chosen = true;
};

// ---- The basket in the forms ----

const fillForm = () => {
  const input = document.querySelector('input[name="basket_id"]');
  if (input && basket.id) input.value = basket.id;
  for (const note of document.querySelectorAll("[data-rezzy-basket-is]")) {
    note.hidden = !basket.id || note.dataset.rezzyBasketIs !== (basket.signedIn ? "signed-in" : "anonymous");
  }
};

// A basket with several shows asks which; the others are drawn here and known to nobody else.
const drawShows = () => {
  const form = pickForm();
  if (!form || byId("which-show") || basket.starts.length < 2 || !currentShow()) return;
  const options = { timeZone: meta("zone"), hourCycle: "h23", weekday: "short", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" };
  const format = new Intl.DateTimeFormat("en-GB", options);
  const words = (start) => {
    const parts = Object.fromEntries(format.formatToParts(new Date(start)).map(({ type, value }) => [type, value]));
    const clock = `${parts.hour % 12 || 12}:${parts.minute}${parts.hour < 12 ? "am" : "pm"}`;
    return `${parts.weekday} ${parts.day} ${parts.month}, ${clock}`;
  };
  const field = byId("which-show-field").content.firstElementChild.cloneNode(true);
  const select = field.querySelector("select");
  select.append(...basket.starts.map((start) => new Option(words(start), start)));
  select.value = currentShow();
  select.addEventListener("change", () => {
    choose();
    showTimes(select.value);
  });
  form.prepend(field);
};

// ---- The first screen with times ----

// Asks for it with another show; guests, and details typed before, stay.
const showTimes = (show) => {
  const form = pickForm();
  const values = form ? Object.fromEntries(new FormData(form)) : {};
  for (const name of ["date", "other_date", "starts_at"]) delete values[name];
  Object.assign(values, show && { show }, booked && !chosen && { booked });
  const verb = form ? form.method.toUpperCase() : "GET";
  window.htmx.ajax(verb, screen().dataset.rezzyPick, { target: "#main", swap: "innerHTML", values });
};

// A show that starts before five in the morning goes with the evening before too (portal/widgets/evening.py).
const daysOf = (start) => {
  const options = { timeZone: meta("zone"), year: "numeric", month: "2-digit", day: "2-digit" };
  const day = new Intl.DateTimeFormat("en-CA", options);
  return [day.format(new Date(start)), day.format(new Date(Date.parse(start) - 5 * 36e5))];
};

const takeShow = () => {
  const from = screen();
  if (!from || chosen) return;
  const { fixed, day } = from.dataset;
  const unwanted = fixed === "show" || (fixed === "date" && basket.show && !daysOf(basket.show).includes(day));
  const show = unwanted ? "" : basket.show;
  if (waiting()) {
    if (waiting().dataset.asked) return;
    waiting().dataset.asked = "yes";
    if (show || booked) {
      showTimes(show);
    } else {
      // Without a show the times are there already, in a template of the page.
      const likely = document.querySelector("template[data-rezzy-likely]");
      byId("main").replaceChildren(likely.content);
      window.htmx.process(byId("main"));
      byId("status").textContent = likely.dataset.said;
      settled(byId("main"));
    }
  } else if (show && show !== currentShow()) {
    showTimes(show);
  } else {
    drawShows();
  }
};

// ---- What the host page says ----

const REREAD_MS = 1500;
const INSTANT = /^2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
const SEALED = /^[\w=-]{1,800}$/;
const FAMILY = /^[\w\s"',.-]{1,200}$/;
const opened = location.pathname.split("/").slice(0, 3).join("/") + "/opened";
const answered = new Map();

const takeBasket = (data) => {
  const told = own(data, "basket");
  const id = text(told, "id", BASKET_ID);
  if (id) {
    const instant = (written) => new Date(written).toISOString().replace(/\.\d+Z$/, "Z");
    const start = text(told, "starts_at", INSTANT);
    const listed = own(data, "starts");
    const starts = (Array.isArray(listed) ? listed.slice(0, MOST_STARTS) : []).filter((each) => typeof each === "string" && INSTANT.test(each));
    basket = { id, signedIn: typeof own(told, "customer_id") === "string", show: start ? instant(start) : "", starts: [...new Set(starts.map(instant))].sort() };
  }
  booked = text(data, "booked", SEALED) || booked;
  fillForm();
  // The host page's policy may keep it from us, but not this frame.
  const signal = own(data, "signal");
  if (typeof signal === "string") navigator.sendBeacon(opened, new URLSearchParams(signal.slice(0, 1500)));
  const nonce = own(data, "nonce");
  if (answered.has(nonce)) answered.get(nonce)();
  else takeShow();
};
const takeLook = (data) => {
  const family = text(data, "family", FAMILY);
  if (!family || meta("font") !== "host") return;
  for (const name of ["--font-text", "--font-title"]) root.style.setProperty(name, family);
};
window.addEventListener("message", (event) => {
  if (!heard || event.origin !== host || event.source !== window.parent) return;
  const type = own(event.data, "type");
  if (type === "rezzy:basket") takeBasket(event.data);
  if (type === "rezzy:look") takeLook(event.data);
});

// ---- What the guest presses ----

const pressed = (elt) => elt.querySelector?.("button.button--primary");

// The basket is read once more before a booking is sent, since its owner may have signed in meanwhile.
// Whatever comes of that, the booking goes.
document.addEventListener("htmx:confirm", async (event) => {
  const { elt, issueRequest } = event.detail;
  if (!heard || elt.dataset.rezzyReread === undefined) return;
  event.preventDefault();
  pressed(elt)?.setAttribute("aria-disabled", "true");
  await new Promise((done) => {
    const nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
    answered.set(nonce, done);
    setTimeout(done, REREAD_MS);
    tell({ type: "rezzy:reread", nonce });
  });
  fillForm();
  issueRequest(true);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-rezzy-close]")) tell({ type: "rezzy:close" });
  // A second press while the first is on its way does nothing; the button stays where the focus is.
  if (event.target.closest("[aria-disabled='true']")) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) tell({ type: "rezzy:close" });
  // Enter in the date field would press the first time on the list.
  if (event.key === "Enter" && event.target.type === "date") event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (["date", "other_date"].includes(event.target.name)) choose();
});

// ---- Requests and what comes back ----

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb === "post") pressed(event.detail.elt)?.setAttribute("aria-disabled", "true");
});
document.addEventListener("htmx:afterRequest", (event) => pressed(event.detail.elt)?.removeAttribute("aria-disabled"));

// An error answer that says where it belongs is shown; for any other there are words of our own.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
const failed = ({ detail }) => {
  document.querySelector("[data-load-failed]")?.remove();
  const said = byId(detail.elt.dataset.rezzyUnsure || "load-failed").content.firstElementChild.cloneNode(true);
  said.dataset.loadFailed = "";
  said.querySelector("button")?.addEventListener("click", () => {
    const { path, formData, verb } = detail.requestConfig;
    const swap = detail.target.id === "main" ? "innerHTML" : "outerHTML";
    window.htmx.ajax(verb.toUpperCase(), path, { target: detail.target, swap, values: Object.fromEntries(formData) });
  });
  // Times of another day than the one just chosen must not stay.
  if (detail.target.id === "_slots") detail.target.replaceChildren(said);
  else document.querySelector("#main .screen").prepend(said);
  document.querySelector("#main .slots-loading")?.remove();
  said.focus();
};
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, failed);

// " · The Green Room", whatever the step in front of it.
const whose = document.title.replace(/^[^·]*?(?= · |$)/, "");
const settled = (target) => {
  if (!screen() || pickForm()?.elements.change) choose();
  fillForm();
  drawShows();
  const sealed = document.querySelector("[data-rezzy-booked]")?.dataset.rezzyBooked;
  // An empty one says that the table is cancelled, and is forgotten.
  if (sealed !== undefined && sealed !== booked) tell({ type: "rezzy:booked", booked: (booked = sealed) });
  const summary = document.querySelector("#main [data-error-summary]");
  document.title = (summary ? "Error: " : "") + byId("widget-title").textContent + whose;
  if (target.id !== "main") return;
  const kept = byId("main").contains(document.activeElement) && document.activeElement !== byId("main");
  if (summary) summary.focus();
  else if (!kept) byId("widget-title")?.focus();
};
document.addEventListener("htmx:afterSettle", (event) => settled(event.detail.target));

// ---- The beginning ----

const WAIT_MS = 2500;

const begin = () => {
  const shutIn = self.origin === "null";
  if (shutIn) {
    // What is pressed without an origin of its own is refused, so nothing is left to press.
    const rest = byId("shut-in")?.content.firstElementChild;
    document.querySelector("#main .screen")?.replaceWith(rest || "");
    document.querySelector("#main template[data-rezzy-likely]")?.remove();
    byId("booking-address")?.addEventListener("focus", (event) => event.target.select());
  }
  const page = document.querySelector(".widget");
  new ResizeObserver(() => tell({ type: "rezzy:height", height: page.offsetHeight })).observe(page);
  if (meta("ignored")) console.warn(`Make a Rezzy: ${meta("ignored")} of this page could not be used.`);
  if (meta("font") === "host") tell({ type: "rezzy:look?" });
  tell({ type: "rezzy:ready" });
  if (waiting() && !shutIn) setTimeout(takeShow, heard ? WAIT_MS : 0);
};
if (document.readyState !== "loading") begin();
else window.addEventListener("DOMContentLoaded", begin);
