/* Tables, areas and joined tables put in order by drag. The arrows beside each grip do the same without a pointer. */
(() => {
  "use strict";

  const rowOf = (grip) => grip.closest("[data-row]");
  const rowsBeside = (row) => [...row.parentElement.children].filter((each) => each.hasAttribute("data-row"));
  const middle = (row) => {
    const { top, height } = row.getBoundingClientRect();
    return top + height / 2;
  };

  // Where the row was is known until it is let go: Escape, or a call that comes in, puts it back there.
  const drag = (grip) => {
    const row = rowOf(grip);
    const home = row.nextElementSibling;
    const ended = new AbortController();
    // On the document, since a grip that is moved within the page loses hold of the pointer.
    const on = (name, handle) => document.addEventListener(name, handle, { signal: ended.signal });
    const end = () => {
      ended.abort();
      row.classList.remove("is-dragged");
    };
    const back = () => {
      end();
      row.parentElement.insertBefore(row, home);
    };

    row.classList.add("is-dragged");
    on("pointermove", (event) => {
      const others = rowsBeside(row).filter((each) => each !== row);
      const next = others.find((each) => event.clientY < middle(each));
      if (next && next.previousElementSibling !== row) next.before(row);
      else if (!next && others.at(-1).nextElementSibling !== row) others.at(-1).after(row);
    });
    on("pointerup", () => {
      end();
      if (row.nextElementSibling === home) return;
      const rows = rowsBeside(row);
      const form = grip.querySelector("form");
      form.elements.before.value = rows[rows.indexOf(row) + 1]?.dataset.row ?? "";
      form.requestSubmit();
    });
    on("pointercancel", back);
    on("keydown", (event) => { if (event.key === "Escape") back(); });
  };

  for (const grip of document.querySelectorAll("[data-grip]")) {
    grip.hidden = rowsBeside(rowOf(grip)).length < 2;
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      drag(grip);
    });
  }
})();
