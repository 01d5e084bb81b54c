/* Turns the plain link inside each [data-rezzy-widget] into a booking window. Until it is pressed nothing is asked. */
(() => {
  "use strict";

  const script = document.currentScript || document.querySelector('script[src$="/embed.js"]');
  if (!script) return;
  const portal = new URL(script.src).origin;
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

  const storedBasket = () => {
    try {
      return shaped(own(parsed(localStorage.getItem("spektrixBasket") || "null"), "data"));
    } catch {
      return null;
    }
  };

  const askedBasket = async (url, signal) => {
    try {
      const answer = await fetch(url, { credentials: "include", signal });
      if (answer.ok) return shaped(parsed(await answer.text()));
      if (answer.status !== 404) warn(`Spektrix answered ${answer.status} when asked for the basket.`);
    } catch {
      warn(
        `the Spektrix basket at ${new URL(url).origin} could not be read${signal.aborted ? " in time" : ""}. ` +
          "It needs a custom domain of the theatre, this website among its allowed ones, and a " +
          "Content-Security-Policy whose connect-src lets it through. Booking works without it.",
      );
    }
    return null;
  };

  // The page's own copy is there at once; only Spektrix itself knows when the show starts.
  const readBasket = async (url) => {
    const stored = storedBasket();
    if (stored && stored.starts_at) return { basket: stored, reason: "filled" };
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), BASKET_MS);
    const basket = (await askedBasket(url, stop.signal)) || stored;
    clearTimeout(timer);
    return { basket, reason: basket ? "filled" : stop.signal.aborted ? "timed_out" : "no_basket" };
  };

  const basketFor = async (id) => {
    try {
      const answer = await fetch(`${portal}/w/${id}/config`, { credentials: "omit" });
      const config = await answer.json();
      if (config.spektrix !== true) return { basket: null, reason: "off" };
      return await readBasket(config.basket_url);
    } catch {
      warn(`the settings of widget ${id} could not be read. Is ${location.host} on its list of websites?`);
      return { basket: null, reason: "not_listed" };
    }
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
    const basket = basketFor(id);
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
        frame.contentWindow.postMessage({ type: "rezzy:basket", ...(await basket) }, portal);
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
