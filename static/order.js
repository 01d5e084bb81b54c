/* Tables, areas and joined tables put in order by drag; a table also into another area. The arrows beside each grip do
   the same without a pointer. */
(() => {
  "use strict";

  const rowOf = (grip) => grip.closest("[data-row]");
  const rowsIn = (place) => [...place.children].filter((each) => each.hasAttribute("data-row"));
  // Where a row may go: a table into the rows of any area, all else among its like.
  const placesOf = (row) => {
    if (!row.closest("[data-area]")) return [row.parentElement];
    return [...document.querySelectorAll("[data-area] tbody")];
  };
  const middleOf = (element) => {
    const { top, height } = element.getBoundingClientRect();
    return top + height / 2;
  };
  // An area without tables has its heading for a place to drop on.
  const boxOf = (place) => (place.closest("[data-area]") ? place.closest("section") : place).getBoundingClientRect();

  // Where the row was is known until it is let go: Escape, or a call that comes in, puts it back there.
  const drag = (grip) => {
    const row = rowOf(grip);
    const [startedIn, home] = [row.parentElement, row.nextElementSibling];
    const ended = new AbortController();
    // On the document, since a grip that is moved within the page loses hold of the pointer.
    const on = (name, handle) => document.addEventListener(name, handle, { signal: ended.signal });
    const end = () => {
      ended.abort();
      row.classList.remove("is-dragged");
    };
    const back = () => {
      end();
      startedIn.insertBefore(row, home);
    };

    row.classList.add("is-dragged");
    on("pointermove", (event) => {
      const over = placesOf(row).find((each) => {
        const { top, bottom } = boxOf(each);
        return top <= event.clientY && event.clientY <= bottom;
      });
      const place = over ?? row.parentElement;
      const others = rowsIn(place).filter((each) => each !== row);
      const next = others.find((each) => event.clientY < middleOf(each)) ?? others.at(-1)?.nextElementSibling ?? null;
      if (row.parentElement === place && (next === row || row.nextElementSibling === next)) return;
      place.insertBefore(row, next);
    });
    on("pointerup", () => {
      end();
      if (row.parentElement === startedIn && row.nextElementSibling === home) return;
      const rows = rowsIn(row.parentElement);
      const form = grip.querySelector("form");
      form.elements.before.value = rows[rows.indexOf(row) + 1]?.dataset.row ?? "";
      if (form.elements.area) form.elements.area.value = row.closest("[data-area]").dataset.area;
      form.requestSubmit();
    });
    on("pointercancel", back);
    on("keydown", (event) => { if (event.key === "Escape") back(); });
  };

  const show = () => {
    for (const grip of document.querySelectorAll("[data-grip]")) {
      const places = placesOf(rowOf(grip));
      grip.hidden = places.length < 2 && rowsIn(places[0]).length < 2;
    }
  };
  show();
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag(grip);
  });
})();
