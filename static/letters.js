/* Puts fields into the words of a letter, and shows the letter as it is being typed. */
(() => {
  "use strict";

  const words = () => [...document.querySelectorAll("input[data-letter], textarea[data-letter]")];
  let last = null;
  let soon = 0;

  // A form of its own: the real one counts as sent once it is submitted, and would no longer ask before it is left.
  const show = () => {
    const button = document.querySelector("[data-letter-show]");
    const form = document.createElement("form");
    form.method = "post";
    form.action = button.formAction;
    form.target = button.formTarget;
    form.hidden = true;
    for (const [name, value] of new FormData(button.form)) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
    form.remove();
  };

  document.addEventListener("focusin", ({ target }) => {
    if (words().includes(target)) last = target;
  });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-letter]")) return;
    clearTimeout(soon);
    soon = setTimeout(show, 500);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-letter-show]")) {
      event.preventDefault();
      show();
      return;
    }
    const name = event.target.closest("[data-letter-field]")?.dataset.letterField;
    const field = name && (last || document.querySelector("textarea[data-letter]"));
    if (!field) return;
    field.setRangeText(`{${name}}`, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
