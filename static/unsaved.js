/* Asks before a page is left on which something was typed into a card that is not being saved. */
(() => {
  "use strict";

  const typed = new Set();
  let sent = null;

  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches(".settings form[method=post]")) typed.add(target.form);
  });
  document.addEventListener("submit", ({ target }) => { sent = target; });
  addEventListener("beforeunload", (event) => {
    if (![...typed].some((form) => form !== sent)) return;
    event.preventDefault();
    // Whoever stays has saved nothing.
    setTimeout(() => { sent = null; });
  });
})();
