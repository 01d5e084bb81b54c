/* Turns the plain link inside each [data-rezzy-widget] into a booking window. Until it is pressed nothing is asked. */
(() => {
  "use strict";

  const script = document.currentScript || document.querySelector('script[src$="/embed.js"]');
  if (!script) return;
  const portal = new URL(script.src).origin;
  const VERSION = "1";
  const BASKET_MS = 2000;
  const FRAME_MS = 8000;
  const LARGEST_BASKET = 500000;
  const ID = /^[A-Za-z0-9-]{1,64}$/;

  const warn = (words) => console.warn("Make a Rezzy: " + words);
  const own = (thing, name) =>
    thing !== null && typeof thing === "object" && Object.hasOwn(thing, name) ? thing[name] : undefined;

  // What is taken from a basket, and nothing else (R40): its id, its customer's id, when its first show starts.
  const startOf = (ticket) => {
    const instance = own(ticket, "instance");
    const text = own(instance, "startUtc");
    if (typeof text !== "string" || own(instance, "cancelled") === true) return NaN;
    return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + "Z");
  };
  const shaped = (data) => {
    const id = own(data, "id");
    const tickets = own(data, "tickets");
    if (typeof id !== "string" || !ID.test(id) || !Array.isArray(tickets) || !tickets.length) return null;
    const starts = tickets.slice(0, 500).map(startOf).filter((start) => start > 0);
    const customer = own(own(data, "customer"), "id");
    return {
      id,
      customer_id: typeof customer === "string" && customer.length <= 64 ? customer : null,
      starts_at: starts.length ? new Date(Math.min(...starts)).toISOString() : null,
    };
  };
  const parsed = (text) => (text.length > LARGEST_BASKET ? null : JSON.parse(text));

  const kept = (key) => {
    try {
      return parsed(localStorage.getItem(key) || "null");
    } catch {
      return null;
    }
  };

  // Where Spektrix's script on this page asks: as its component says, else as it wrote down within a day.
  const spektrixHere = ({ host, pathname }) => {
    const ours = [host, decodeURIComponent(pathname.split("/")[1])];
    const component = [...document.querySelectorAll("[client-name]")].find((each) => /^spektrix-/.test(each.localName));
    const stored = kept("spektrixClientConstants");
    const constants = Date.now() - own(stored, "timestamp") < 864e5 ? own(stored, "data") : null;
    const theirs = component
      ? ["custom-domain", "client-name"].map((name) => component.getAttribute(name))
      : ["spektrixHost", "clientName"].map((name) => own(constants, name));
    const address = theirs.map((text, i) => String(text || ours[i]).trim()).join("/");
    return {
      runs: component ? component.matches(":defined") : !!constants,
      elsewhere: address !== ours.join("/") && `${address}, not ${ours.join("/")}`,
    };
  };

  // A violation is told a moment after its call has failed.
  const watchPolicy = () => {
    const stopped = [];
    const note = (event) => event.disposition === "enforce" && stopped.push(event.blockedURI);
    document.addEventListener("securitypolicyviolation", note);
    return async ({ origin }) => {
      await new Promise((done) => setTimeout(done, 50));
      document.removeEventListener("securitypolicyviolation", note);
      return stopped.some((address) => address.startsWith(origin));
    };
  };
  const barred = ({ origin }) => ["blocked", `the Content-Security-Policy (connect-src) leaves out ${origin}`];

  const askSpektrix = async (url, signal) => {
    try {
      const answer = await fetch(url, { credentials: "include", signal });
      const text = await answer.text();
      if (answer.status === 404) return {};
      return answer.ok && text[0] !== "<" ? { basket: shaped(parsed(text)) } : { fault: "failed", status: answer.status };
    } catch {
      return { fault: signal.aborted ? "timed_out" : "unread" };
    }
  };

  // Why there is no date (table: portal/widgets/beacon_views.py), and words for the console.
  const explain = async (url, { fault, status }, copy, policy, signal) => {
    const { host } = url;
    const here = spektrixHere(url);
    if (here.elsewhere) return ["wrong_host", `Spektrix's component here uses ${here.elsewhere}`];
    if (!fault) return ["no_basket"];
    if (fault === "timed_out") return [fault, `${host} did not hand over the basket in time`];
    if (fault === "failed") return [fault, `Spektrix answered ${status} when asked for the basket`];
    if (await policy(url)) return barred(url);
    if (!here.runs && !copy) return ["script_missing", `spektrix-basket-summary does not run here, and ${host} could not be read`];
    // Without asking for permission: is anybody there at all?
    return fetch(url, { mode: "no-cors", credentials: "omit", signal }).then(
      () => ["failed", `${host} does not let this website read the basket. Is it among its allowed ones?`],
      () => [signal.aborted ? "timed_out" : "blocked", `calls to ${host} are stopped, as by a content blocker`],
    );
  };

  // The page's own copy is there at once; only Spektrix itself knows when the show starts.
  const readBasket = async (url, policy) => {
    const copy = shaped(own(kept("spektrixBasket"), "data"));
    if (copy && copy.starts_at) return [copy, "filled"];
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), BASKET_MS);
    const found = await askSpektrix(url, stop.signal);
    const basket = found.basket || copy;
    const why = basket && basket.starts_at ? ["filled"] : await explain(url, found, copy, policy, stop.signal);
    clearTimeout(timer);
    return [basket, ...why];
  };

  const basketFor = async (id, policy) => {
    const settings = new URL(`${portal}/w/${id}/config`);
    let config;
    try {
      config = await (await fetch(settings, { credentials: "omit" })).json();
    } catch {
      if (await policy(settings)) return [null, ...barred(settings), true];
      return [null, "not_listed", `the settings of widget ${id} could not be read. Is ${location.host} on its list of websites?`];
    }
    return config.spektrix === true ? readBasket(new URL(config.basket_url), policy) : [null, config.reason || "off"];
  };

  // One anonymous signal an opening. Where the page's policy keeps it from the portal, the frame sends it.
  const opened = async (id) => {
    const [basket, reason, words, unheard] = await basketFor(id, watchPolicy());
    if (words) warn(words + ". Booking works without a date filled in.");
    const page = `${location.protocol}//${location.host}${location.pathname}`.slice(0, 400);
    const body = new URLSearchParams({ reason, page, snippet: VERSION });
    if (unheard) return { basket, reason, signal: body + "" };
    const address = `${portal}/w/${id}/opened`;
    if (!navigator.sendBeacon || !navigator.sendBeacon(address, body)) {
      fetch(address, { method: "POST", body, mode: "no-cors", credentials: "omit", keepalive: true }).catch(warn);
    }
    return { basket, reason };
  };

  const element = (name, styles, properties) => {
    const made = document.createElement(name);
    Object.assign(made.style, styles);
    return Object.assign(made, properties);
  };

  // On a phone the window fills the screen; elsewhere it is as high as its contents.
  const roomy = () => innerWidth >= 640;

  // Styles go in one by one: a host page's policy may forbid inline ones.
  const makeWindow = (id, link) => {
    const dialog = element("dialog", {
      width: "min(32rem, 100vw)", height: roomy() ? "min(48rem, 92dvh)" : "100dvh", maxWidth: "100vw", maxHeight: "100dvh",
      margin: roomy() ? "4dvh auto auto" : "auto", padding: "0", border: "0", borderRadius: roomy() ? "14px" : "0",
      overflow: "hidden", boxShadow: "0 8px 40px rgb(0 0 0 / 35%)", background: "Canvas", colorScheme: "light dark",
    });
    const words = link.textContent.trim();
    const title = /^book a table at /i.test(words) ? words : "Book a table at " + location.hostname;
    const frame = element("iframe", { display: "block", width: "100%", height: "100%", border: "0", colorScheme: "light dark" }, {
      title, src: `${portal}/w/${id}?framed=1&host=${encodeURIComponent(location.origin)}`,
    });
    const rescue = element("p", { margin: "0", padding: "1rem", font: "1rem system-ui" }, { hidden: true });
    const page = element("a", {}, { href: link.href, target: "_top", textContent: "Open the booking page" });
    const close = element("button", { float: "right" }, { type: "button", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    rescue.append(page, close);
    dialog.append(rescue, frame);
    dialog.setAttribute("aria-label", title);
    return { dialog, frame, rescue };
  };

  const open = (id, link) => {
    const found = opened(id);
    const { dialog, frame, rescue } = makeWindow(id, link);
    const late = setTimeout(() => {
      rescue.hidden = false;
      warn(`the booking page did not load. Does this page's Content-Security-Policy allow frames of ${portal}?`);
    }, FRAME_MS);
    const listen = async (event) => {
      if (event.origin !== portal || event.source !== frame.contentWindow) return;
      const type = own(event.data, "type");
      const height = own(event.data, "height");
      if (type === "rezzy:close") dialog.close();
      if (type === "rezzy:height" && height > 0 && height < 1e5) {
        dialog.style.height = roomy() ? `min(${Math.max(Math.ceil(height), 320)}px, 92dvh)` : "100dvh";
      }
      if (type === "rezzy:ready") {
        clearTimeout(late);
        rescue.hidden = true;
        frame.contentWindow.postMessage({ type: "rezzy:basket", ...(await found) }, portal);
      }
    };
    window.addEventListener("message", listen);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      clearTimeout(late);
      window.removeEventListener("message", listen);
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    frame.focus();
  };

  const attach = (place) => {
    if (place.dataset.rezzyReady !== undefined) return;
    place.dataset.rezzyReady = "";
    place.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      const id = place.dataset.rezzyWidget;
      const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (!link || elsewhere || event.defaultPrevented || !/^[\w-]{1,40}$/.test(id)) return;
      if (typeof HTMLDialogElement !== "function") return;
      event.preventDefault();
      open(id, link);
    });
  };
  const attachAll = () => document.querySelectorAll("[data-rezzy-widget]").forEach(attach);

  attachAll();
  new MutationObserver(attachAll).observe(document.documentElement, { childList: true, subtree: true });
})();
