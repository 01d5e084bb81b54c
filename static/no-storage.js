/* Goes before htmx, which writes the page's address into the tab's storage as soon as it is there. The diner's frame
   stores nothing, so to its scripts there is no storage, as in browsers that block it. Those may refuse this too. */
Reflect.defineProperty(window, "sessionStorage", {
  get() {
    throw new DOMException("The booking page stores nothing.", "SecurityError");
  },
});
