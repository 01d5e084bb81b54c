/* Keeps what was typed: asks before a page is left on which something is not saved, and lets no answer that was on
   its way meanwhile take the place of it. */
(() => {
  "use strict";

  const typed = new Set();
  let sent = null;

  document.addEventListener("input", ({ target }) => {
    target.typedAt = performance.now();
    if (target.form?.matches(".settings form[method=post]")) typed.add(target.form);
  });
  document.addEventListener("submit", ({ target }) => { sent = target; });
  addEventListener("beforeunload", (event) => {
    if (![...typed].some((form) => form !== sent)) return;
    event.preventDefault();
    // Whoever stays has saved nothing.
    setTimeout(() => { sent = null; });
  });

  document.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.xhr.askedAt = performance.now(); });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const fields = [...detail.target.querySelectorAll("input, select, textarea")];
    const isInUse = (field) => field.typedAt > detail.xhr.askedAt || field === document.activeElement;
    if (fields.some(isInUse)) detail.shouldSwap = false;
  });
})();
