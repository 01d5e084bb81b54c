/* Small helps. Everything here is also possible without them. */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const say = (words) => { byId("status").textContent = words; };

  // The one place where htmx learns the CSRF token.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });

  // Signed out: the same form goes once more as a page of its own, in which what was typed is kept.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!xhr.getResponseHeader("X-Send-As-Page")) return;
    event.preventDefault();
    const form = document.createElement("form");
    form.method = "post";
    form.action = requestConfig.path;
    for (const [name, value] of [["csrf_token", requestConfig.headers["X-CSRFToken"]], ...requestConfig.formData]) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  });

  // A request that fails is always told, even on a page that was opened yesterday.
  const REASONS = {
    400: "This page is out of date, so nothing was changed. Reload it and try again.",
    401: "You have been signed out, so nothing was changed. Reload the page to sign in again.",
    403: "Your role does not include this, so nothing was changed. A manager of your venue can change your role.",
    404: "It is no longer there. Reload the page to see what changed.",
    429: "Too many tries in a short time. Wait a minute, reload the page and try again.",
    503: "The portal is busy, so nothing was changed. Wait a minute and try again.",
  };
  const OURS = "Something went wrong on our side. Reload the page to see what was saved. If it happens again, email us.";
  const OFFLINE = "Changes are not being saved. Check the network, then reload the page.";
  const OTHER = "Nothing was changed. Reload the page and try again.";

  const reasonFor = (status) => REASONS[status] || (status >= 500 ? OURS : status ? OTHER : OFFLINE);
  const pressedByPerson = (detail) => Boolean(detail.requestConfig?.triggeringEvent?.isTrusted);
  let failedElement = null;

  const showFailure = (event) => {
    const box = byId("request-failed");
    const status = event.detail.xhr?.status || 0;
    box.querySelector("h2").textContent = status ? "That did not work" : "No connection";
    box.querySelector("[data-failure-reason]").textContent = reasonFor(status);
    box.hidden = false;
    failedElement = event.detail.elt;
    // Polling must not pull focus away from what somebody is typing.
    if (pressedByPerson(event.detail)) box.focus();
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:swapError"]) {
    document.addEventListener(name, showFailure);
  }

  const hideFailure = (event) => {
    const { successful, elt } = event.detail;
    if (!failedElement || !successful) return;
    if (elt !== failedElement && !pressedByPerson(event.detail)) return;
    failedElement = null;
    byId("request-failed").hidden = true;
  };
  document.addEventListener("htmx:afterRequest", hideFailure);

  // A button that waits for Spektrix says so, stays focusable and takes no second press.
  const busyButton = (event) => event.detail.elt.closest("[data-busy-text]")?.querySelector("button[type=submit]");
  const wordsOf = (button) => [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const button = busyButton(event);
    if (!button) return;
    button.dataset.words = wordsOf(button).data;
    wordsOf(button).data = button.closest("[data-busy-text]").dataset.busyText;
    button.setAttribute("aria-disabled", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const button = busyButton(event);
    if (!button?.dataset.words) return;
    wordsOf(button).data = button.dataset.words;
    button.removeAttribute("aria-disabled");
  });

  // What somebody has unfolded stays so when its card is fetched again.
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = [...event.detail.target.querySelectorAll("details[open][id]")].map((each) => each.id);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of unfolded) byId(id)?.setAttribute("open", "");
    unfolded = [];
  });

  // A form that came back with errors: focus on the summary, and the title says so.
  const bareTitle = () => document.title.replace(/^Error: /, "");
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.xhr?.status === 422) {
      document.title = "Error: " + bareTitle();
      document.querySelector("[data-error-summary]")?.focus();
    } else if (pressedByPerson(event.detail)) {
      document.title = bareTitle();
    }
  });

  // What a page has to say of a save is put into the status region once that is there, so that it is read out.
  const saved = document.querySelector("[data-say]");
  if (saved) setTimeout(() => say(saved.dataset.say), 100);

  const copy = async (button) => {
    for (const other of document.querySelectorAll("[data-copied]")) delete other.dataset.copied;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.copied = "";
      say(button.dataset.copySaid);
    } catch {
      say("This browser does not allow copying. Select the text and copy it yourself.");
    }
  };

  const reveal = (button) => {
    const input = byId(button.dataset.reveal);
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.querySelector("[data-reveal-word]").textContent = hidden ? "Hide" : "Show";
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-reveal], [aria-disabled='true'], [data-failure-reload]");
    if (!button) return;
    if (button.matches("[data-copy]")) copy(button);
    else if (button.matches("[data-reveal]")) reveal(button);
    else {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (button.matches("[data-failure-reload]")) window.location.reload();
    }
  }, true);

  // The two fields of a colour show the same one; what is typed counts once it is whole.
  const HEX = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
  const whole = (text) => {
    const digits = HEX.exec(text.trim())?.[1].toLowerCase();
    return digits ? "#" + (digits.length === 6 ? digits : digits.replace(/./g, "$&$&")) : "";
  };
  document.addEventListener("input", (event) => {
    const pair = event.target.closest("[data-color]");
    if (!pair) return;
    const [picker, typed] = pair.querySelectorAll("input");
    if (event.target === picker) typed.value = picker.value;
    else picker.value = whole(typed.value) || byId("color_was").value;
  });

  // The preview follows the form, a moment behind. It leaves nothing in the browser's history.
  const preview = document.querySelector("[data-preview]");
  const form = preview && byId(preview.dataset.previewForm);
  const frame = preview && preview.querySelector("iframe");
  const KEPT_BACK = ["csrf_token", "name", "sites", "sign_in_url", "number"];
  const draw = () => {
    const values = new URLSearchParams(new FormData(form));
    for (const name of KEPT_BACK) values.delete(name);
    frame.contentWindow.location.replace(preview.dataset.preview + "?" + values);
  };
  // Without room beside the settings it starts closed.
  const beside = matchMedia("(min-width: 75.01rem)");
  const fold = () => { preview.open = beside.matches; };
  let soon = 0;
  const drawSoon = (event) => {
    if (!form || event.target.form !== form) return;
    clearTimeout(soon);
    soon = setTimeout(draw, 400);
  };
  if (form) {
    fold();
    beside.onchange = fold;
    document.addEventListener("input", drawSoon);
    // A browser that comes back to this page fills in what was typed without telling anybody.
    window.addEventListener("pageshow", (event) => { if (event.persisted) draw(); });
  }
})();
