/* The frame's side of the conversation with the host page, and what makes htmx's swaps kind. Stores nothing. */
(() => {
  "use strict";

  const WAIT_MS = 2500;
  const BASKET_ID = /^[A-Za-z0-9-]{1,64}$/;
  const INSTANT = /^2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
  const opened = location.pathname.split("/").slice(0, 3).join("/") + "/opened";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  // The server names the host page's origin after looking it up in the widget's list.
  const host = document.querySelector('meta[name="rezzy-host"]')?.content;
  const framed = window.parent !== window;
  if (framed) root.dataset.framed = "";

  const tell = (message) => {
    if (framed && host) window.parent.postMessage(message, host);
  };
  const own = (thing, name) =>
    thing !== null && typeof thing === "object" && Object.hasOwn(thing, name) ? thing[name] : undefined;

  let basketId = "";
  let signedIn = false;
  const fillForm = () => {
    const input = document.querySelector('input[name="basket_id"]');
    if (input && basketId) input.value = basketId;
    const note = document.querySelector("[data-rezzy-signed-in]");
    if (note) note.hidden = !(basketId && signedIn);
  };

  const loadTimes = (show) => {
    const loading = document.querySelector("[data-rezzy-load]");
    if (!loading || loading.dataset.asked) return;
    loading.dataset.asked = "yes";
    const query = show ? "?show=" + encodeURIComponent(show) : "";
    window.htmx.ajax("GET", loading.dataset.rezzyLoad + query, { target: "#main", swap: "innerHTML" });
  };

  window.addEventListener("message", (event) => {
    if (!host || event.origin !== host || event.source !== window.parent) return;
    if (own(event.data, "type") !== "rezzy:basket") return;
    const basket = own(event.data, "basket");
    const id = own(basket, "id");
    const start = own(basket, "starts_at");
    if (typeof id === "string" && BASKET_ID.test(id)) {
      basketId = id;
      signedIn = typeof own(basket, "customer_id") === "string";
      fillForm();
    }
    // The host page's policy may keep it from us, but not this frame.
    const signal = own(event.data, "signal");
    if (typeof signal === "string") navigator.sendBeacon(opened, new URLSearchParams(signal.slice(0, 1500)));
    loadTimes(typeof start === "string" && INSTANT.test(start) ? start : "");
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

  const pressed = (detail) => detail.elt.querySelector?.("button.button--primary");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "post") pressed(event.detail)?.setAttribute("aria-disabled", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => pressed(event.detail)?.removeAttribute("aria-disabled"));

  // An error answer that says where it belongs is shown; for any other there are words of our own.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || !xhr.getResponseHeader("HX-Retarget")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  const showFailure = () => {
    document.querySelector("[data-load-failed]")?.remove();
    const words = byId("load-failed").content.firstElementChild.cloneNode(true);
    words.dataset.loadFailed = "";
    const again = document.querySelector("[data-rezzy-load]");
    if (again) {
      const link = document.createElement("a");
      link.href = again.dataset.rezzyLoad;
      link.textContent = "Try again";
      words.querySelector(".callout__body").append(link);
      again.querySelector(".slots-loading")?.remove();
    }
    document.querySelector("#main .head").after(words);
    words.focus();
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, showFailure);
  }

  // " · The Green Room", whatever the step in front of it.
  const whose = document.title.replace(/^[^·]*?(?= · |$)/, "");
  document.addEventListener("htmx:afterSettle", (event) => {
    fillForm();
    const summary = document.querySelector("#main [data-error-summary]");
    document.title = (summary ? "Error: " : "") + byId("widget-title").textContent + whose;
    if (event.detail.target.id !== "main") return;
    const kept = byId("main").contains(document.activeElement) && document.activeElement !== byId("main");
    if (summary) summary.focus();
    else if (!kept) byId("widget-title")?.focus();
  });

  const begin = () => {
    const screen = document.querySelector(".widget");
    new ResizeObserver(() => tell({ type: "rezzy:height", height: screen.offsetHeight })).observe(screen);
    tell({ type: "rezzy:ready" });
    if (document.querySelector("[data-rezzy-load]")) setTimeout(loadTimes, framed && host ? WAIT_MS : 0, "");
  };
  if (window.htmx) begin();
  else window.addEventListener("DOMContentLoaded", begin);
})();
