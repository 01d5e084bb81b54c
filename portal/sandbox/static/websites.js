/* What the theatre's other websites do with their pages, so that the widget has something to cope with. */
"use strict";

const byId = (id) => document.getElementById(id);

// A builder that draws the page again: the snippet's nodes move, or make room for others just like them.
function builder() {
  let times = 0;
  const arrange = () => {
    times += 1;
    const block = document.querySelector("[data-block]");
    const place = block.querySelector(".widget-place");
    place.replaceWith(times % 2 ? place.cloneNode(true) : place);
    document.querySelector(`[data-column="${1 + (times % 2)}"]`).append(block);
    byId("arranged").textContent = `Drawn ${times} ${times === 1 ? "time" : "times"} again.`;
  };
  byId("arrange").addEventListener("click", arrange);
  window.addEventListener("load", () => window.setTimeout(arrange, 200));
}

// A router that swaps the contents and runs the scripts that come with them.
function router() {
  const show = (name) => {
    byId("view").replaceChildren(byId(`view-${name}`).content.cloneNode(true));
    for (const link of document.querySelectorAll("[data-view]")) {
      link.toggleAttribute("aria-current", link.dataset.view === name);
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view]");
    if (!link) return;
    event.preventDefault();
    window.history.pushState({}, "", `?view=${link.dataset.view}`);
    show(link.dataset.view);
  });
  window.addEventListener("popstate", () => show(new URLSearchParams(location.search).get("view") || "home"));
  show(new URLSearchParams(location.search).get("view") || "home");
}

// A tag manager adds the script when the page has loaded, once for each of two tags.
function tags() {
  const add = () => {
    const script = document.createElement("script");
    script.src = document.body.dataset.embed;
    document.head.append(script);
  };
  window.addEventListener("load", () => [300, 600].forEach((wait) => window.setTimeout(add, wait)));
}

const behaviours = { builder, router, tags };
const chosen = behaviours[document.body.dataset.behaviour];
if (chosen) chosen();
