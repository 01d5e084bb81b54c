/* New booking: choosing a guest from the list that grows while one types, by mouse, touch and keyboard. */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const box = byId("guest_q");
  const list = byId("guest-options");
  const form = byId("new-booking");
  if (!box) return;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector("[aria-selected=true]");

  const mark = (option) => {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
  };

  const show = (open) => {
    const shown = open && options().length > 0;
    list.hidden = !shown;
    box.setAttribute("aria-expanded", String(shown));
    if (!shown) mark(null);
  };

  const choose = (option) => {
    show(false);
    box.value = "";
    htmx.ajax("GET", option.dataset.choose, { target: "#_chosen_guest", swap: "outerHTML" });
  };

  box.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(current());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!all.length) return;
      event.preventDefault();
      show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      // Enter in this field never books.
      event.preventDefault();
      if (!list.hidden && (current() || all.length === 1)) choose(current() || all[0]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    }
  });
  box.addEventListener("blur", () => setTimeout(() => show(false), 150));
  box.addEventListener("focus", () => show(true));
  // The list must not take the focus from the field.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });

  const fillIn = (guest) => {
    for (const name of ["name", "phone", "email"]) if (guest.dataset[name]) byId(name).value = guest.dataset[name];
    if (!byId("allergies").value) byId("allergies").value = guest.dataset.allergies;
    if (guest.dataset.stepFree) byId("step_free").checked = true;
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === list) show(document.activeElement === box);
    const chosen = byId("_chosen_guest");
    if (event.detail.target.id === "_chosen_guest" && chosen.dataset.email !== undefined) {
      fillIn(chosen);
      byId("chosen-name").focus();
    }
  });

  form.addEventListener("click", (event) => {
    const forget = event.target.closest("[data-forget-guest]");
    const day = event.target.closest("[data-day]");
    if (forget) {
      event.preventDefault();
      const chosen = byId("_chosen_guest");
      chosen.replaceChildren();
      for (const name of ["name", "phone", "email"]) {
        if (byId(name).value === chosen.dataset[name]) byId(name).value = "";
      }
      if (byId("allergies").value === chosen.dataset.allergies) byId("allergies").value = "";
      byId("status").textContent = "Nobody is chosen now";
      box.focus();
    }
    if (day) {
      event.preventDefault();
      byId("date").value = day.dataset.day;
      byId("date").dispatchEvent(new Event("change", { bubbles: true }));
      byId("date").focus();
    }
  });

  // A time is chosen or typed, not both.
  form.addEventListener("change", (event) => {
    if (event.target.name === "slot") byId("time").value = "";
  });
  byId("time").addEventListener("input", () => {
    for (const slot of form.querySelectorAll("[name=slot]:checked")) slot.checked = false;
  });
})();
