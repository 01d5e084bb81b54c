/* The year is one stop of the Tab key; the arrow keys go from day to day in it. */
(() => {
  "use strict";

  const year = document.querySelector("[data-year]");
  const days = [...year.querySelectorAll("a[data-on]")];
  const stepOf = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const dayNumber = (link) => Date.parse(link.dataset.on) / 864e5;
  const stopAt = (link) => {
    for (const each of days) each.tabIndex = each === link ? 0 : -1;
  };

  if (days.length) stopAt(days[0]);
  year.addEventListener("focusin", ({ target }) => { if (target.dataset.on) stopAt(target); });
  year.addEventListener("keydown", (event) => {
    const step = stepOf[event.key];
    if (!step || !event.target.dataset?.on) return;
    event.preventDefault();
    const wanted = dayNumber(event.target) + step;
    // Days that are over have no link.
    const next = days.find((each) => dayNumber(each) === wanted);
    next?.focus();
  });
})();
