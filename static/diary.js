/* The diary while it is open: what others change comes in by itself, a booking opens beside the tables, and a block
   can be moved by finger, mouse or keyboard. Everything here is also possible with the page's plain links and forms. */
(() => {
  "use strict";

  const LOOK_EVERY = 3000;
  const PATIENCE = 4000;
  const FAILURES_UNTIL_OFFLINE = 2;
  // What settled longer ago the server no longer counts as news.
  const KNOWN_FOR = 100000;
  const STEP_SECONDS = 300;
  const QUARTER = 3;

  const byId = (id) => document.getElementById(id);
  const diary = byId("diary");
  const panel = byId("panel");
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const isTables = diary.classList.contains("diary--tables");
  const floor = () => byId("floor");

  // Without the room for tables the day is a list.
  const narrow = matchMedia("(max-width: 47.49rem)");
  const leaveNarrow = () => { if (isTables && narrow.matches) window.location.replace(diary.dataset.list); };
  leaveNarrow();
  narrow.addEventListener("change", leaveNarrow);

  let mark = diary.dataset.mark;
  let seenAt = Date.now();
  let failures = 0;
  let offline = false;
  let opened = null;

  const say = (words) => {
    const bar = document.createElement("div");
    const text = document.createElement("span");
    bar.className = "status-bar";
    text.textContent = words;
    bar.append(text);
    byId("status").replaceChildren(bar);
  };

  // ---- Putting in what is new ----

  // Blocks of a lane and cells of a row that are as they were stay the nodes they are, and with them focus.
  const isSame = (old, fresh) => {
    const bare = old.cloneNode(true);
    for (const each of [bare, ...bare.querySelectorAll("[tabindex]")]) each.removeAttribute("tabindex");
    bare.classList.remove("is-chosen", "is-held");
    return bare.isEqualNode(fresh);
  };

  const mergeLane = (old, fresh) => {
    old.className = fresh.className;
    const known = new Map([...old.children].map((each) => [each.id, each]));
    const next = [...fresh.children].map((each) => {
      const had = known.get(each.id);
      if (had && isSame(had, each)) return had;
      if (isTables) each.tabIndex = -1;
      return each;
    });
    const stays = new Set(next);
    for (const each of [...old.children]) if (!stays.has(each)) each.remove();
    next.forEach((each, place) => { if (old.children[place] !== each) old.insertBefore(each, old.children[place] || null); });
  };

  const put = (fresh) => {
    const old = byId(fresh.id);
    if (!old || (fresh.id !== "status" && isSame(old, fresh))) return;
    // The status region stays, so that its new words are read out.
    if (fresh.id === "status") old.replaceChildren(...fresh.childNodes);
    else if (fresh.classList.contains("lane")) mergeLane(old, fresh);
    else old.replaceWith(fresh);
  };

  const keepingPlace = (change) => {
    const held = document.activeElement;
    const id = held?.id;
    const typed = held?.value;
    const scrolled = floor() && [floor().scrollLeft, floor().scrollTop];
    change();
    if (scrolled && floor()) [floor().scrollLeft, floor().scrollTop] = scrolled;
    if (!id || document.activeElement === held) return;
    const again = byId(id);
    if (again && "value" in again && again.tagName !== "BUTTON") again.value = typed;
    again?.focus({ preventScroll: true });
  };

  const tellNew = (rows) => {
    const here = rows.filter((id) => !byId(id)).length;
    const box = byId("new-bookings");
    box.hidden = !here;
    if (here) box.querySelector("[data-words]").textContent = here === 1 ? "1 booking is new." : here + " bookings are new.";
  };

  const take = (text) => {
    const answer = document.createElement("template");
    answer.innerHTML = text;
    const parts = [...answer.content.querySelectorAll("template")];
    const head = parts.find((part) => part.dataset.mark);
    if (!head) return;
    keepingPlace(() => {
      for (const part of parts) {
        if (part === head) continue;
        for (const fresh of [...part.content.children]) put(fresh);
      }
      if (head.dataset.rows !== undefined) {
        const rows = head.dataset.rows.split(" ").filter(Boolean);
        const stays = new Set(rows);
        for (const row of document.querySelectorAll("#day-list tr.row")) if (!stays.has(row.id)) row.remove();
        tellNew(rows);
      }
    });
    mark = head.dataset.mark;
    updated(head.dataset.updated);
    rove();
    drawNow();
    if (opened) choose(opened.id);
  };

  const updated = (words) => {
    seenAt = Date.now();
    if (words) byId("updated").textContent = "Updated " + words;
  };

  // ---- Looking, and noticing that nobody answers ----

  // Tablets' clocks are wrong more often than the server's.
  const ahead = Number(diary.dataset.now) * 1000 - Date.now();
  const clock = () => new Date(Date.now() + ahead).toLocaleTimeString("en-GB", { timeZone: diary.dataset.zone });

  const ask = async (address, options = {}) => {
    const { headers, ...others } = options;
    const response = await fetch(address, {
      ...others,
      headers: { "HX-Request": "true", "X-CSRFToken": token, ...headers },
      signal: AbortSignal.timeout(PATIENCE * (others.method === "POST" ? 3 : 1)),
    });
    answered();
    return response;
  };

  const answered = () => {
    failures = 0;
    if (offline && navigator.onLine) setOffline(false);
  };

  const unanswered = () => {
    failures += 1;
    if (failures >= FAILURES_UNTIL_OFFLINE || !navigator.onLine) setOffline(true);
  };

  const setOffline = (is) => {
    if (is && !offline) byId("offline").querySelector("[data-seen]").textContent = byId("updated").textContent.replace("Updated ", "");
    offline = is;
    byId("offline").hidden = !is;
    document.body.classList.toggle("is-offline", is);
  };

  let looking = null;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const known = mark && Date.now() - seenAt < KNOWN_FOR ? { "If-None-Match": '"' + mark + '"' } : {};
      const response = await ask(diary.dataset.changes, { headers: known, cache: "no-store" });
      if (response.status === 304) updated(clock());
      else if (response.ok) await followed(take, await response.text());
      else if (response.status === 401) window.location.reload();
    } catch {
      unanswered();
    } finally {
      looking = null;
    }
  };

  // What is open beside the tables is fetched again if its booking changed.
  const followed = async (change, text) => {
    const before = opened && editsOf(opened.id);
    change(text);
    if (opened && (!editsOf(opened.id) || editsOf(opened.id) !== before)) await fillPanel(opened.id);
  };

  const editsOf = (id) => {
    const shown = byId("b" + id) || byId("_booking_row-" + id);
    return shown && shown.outerHTML.replace(/ (tabindex="[^"]*"|is-chosen)/g, "");
  };

  let timer = 0;
  const lookSoon = (wait = LOOK_EVERY) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!document.hidden) await look();
      lookSoon();
    }, wait);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) lookSoon(0); });
  window.addEventListener("offline", () => setOffline(true));
  window.addEventListener("online", () => lookSoon(0));

  // ---- Pressing ----

  let pressing = false;
  const press = async (address, fields, form) => {
    if (offline) return say("No connection, so nothing was changed. Try again when the red bar is gone.");
    if (pressing) return;
    pressing = true;
    try {
      const body = new URLSearchParams({ ...fields, mark, view: isTables ? "tables" : "list" });
      const response = await ask(address, { method: "POST", body });
      if (response.headers.has("X-Send-As-Page")) return sendAsPage(address, fields);
      const leads = response.headers.get("HX-Redirect");
      if (leads) return window.location.assign(leads);
      if (response.ok || response.status === 422) await followed(take, await response.text());
      else say(REASONS[response.status] || "That did not work, so nothing was changed. Reload the page and try again.");
    } catch {
      unanswered();
      setOffline(true);
      say("No connection. Nobody knows whether that was saved: it is shown here as soon as the connection is back.");
    } finally {
      pressing = false;
    }
  };
  const REASONS = {
    400: "This page is out of date, so nothing was changed. Reload it and try again.",
    403: "Your role does not include this, so nothing was changed.",
    404: "It is no longer there. Reload the page to see what changed.",
    409: "Somebody else changed it, so nothing was changed. Look at it and try again.",
    429: "Too many tries in a short time. Wait a minute and try again.",
    503: "The portal is busy, so nothing was changed. Wait a minute and try again.",
  };

  const sendAsPage = (address, fields) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    for (const [name, value] of Object.entries({ ...fields, csrf_token: token })) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-press]")) return;
    event.preventDefault();
    const address = event.submitter?.getAttribute("formaction") || form.getAttribute("action");
    press(address, {});
  });

  // ---- The panel ----

  const choose = (id) => {
    for (const each of document.querySelectorAll(".is-chosen")) each.classList.remove("is-chosen");
    for (const each of blocksOf(id)) each.classList.add("is-chosen");
  };
  const blocksOf = (id) => document.querySelectorAll(`#b${id}, [id^="b${id}-"]`);

  const fillPanel = async (id) => {
    const response = await ask("/bookings/" + id + "/panel");
    if (!response.ok) return false;
    const text = await response.text();
    if (opened?.id !== id) return false;
    keepingPlace(() => { panel.innerHTML = text; });
    return true;
  };

  const open = async (id, from) => {
    opened = { id, from };
    try {
      if (!(await fillPanel(id))) return window.location.assign("/bookings/" + id);
    } catch {
      opened = null;
      unanswered();
      return say("No connection, so the booking cannot be opened now.");
    }
    panel.hidden = false;
    diary.classList.add("has-panel");
    choose(id);
    byId(from)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    byId("panel-title").focus();
  };

  const close = () => {
    if (!opened) return;
    const { id, from } = opened;
    opened = null;
    panel.hidden = true;
    diary.classList.remove("has-panel");
    panel.replaceChildren();
    choose(0);
    (byId(from) || byId("b" + id) || byId("page-title")).focus();
  };

  const idOf = (link) => Number(link.getAttribute("href").split("/").pop());

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".block, a[data-open]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      if (justMoved) return;
      if (!link.id) link.id = "open-" + idOf(link) + (link.classList.contains("more") ? "-more" : "");
      open(idOf(link), link.id);
    } else if (event.target.closest("[data-close]")) {
      close();
    } else {
      const pill = event.target.closest("[data-only]");
      if (!pill) return;
      event.preventDefault();
      filter(pill);
    }
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

  const filter = (pill) => {
    document.querySelector("[data-filtered]").className = "card card--flush only-" + pill.dataset.only;
    for (const each of pill.parentElement.children) each.removeAttribute("aria-current");
    pill.setAttribute("aria-current", "true");
  };

  // ---- Keys, only while focus is in the diary ----

  const blocks = () => [...document.querySelectorAll(".area[open] .block, div.area .block")];
  let here = null;
  // One block is reached with Tab, the others with the arrows.
  const rove = () => {
    if (!isTables) return;
    const all = [...document.querySelectorAll(".block")];
    if (!all.some((each) => each.id === here)) here = all[0]?.id;
    for (const each of all) each.tabIndex = each.id === here ? 0 : -1;
  };
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches?.(".block")) return;
    byId(here)?.setAttribute("tabindex", "-1");
    here = event.target.id;
    event.target.tabIndex = 0;
  });

  const rowOf = (block) => block.closest(".floor__row");
  const rows = () => [...document.querySelectorAll(".floor__row[data-place], div.area .floor__row")].filter((row) => row.querySelector(".block") && row.offsetParent);
  const stepTo = (block, key) => {
    const inRow = [...rowOf(block).querySelectorAll(".block")];
    if (key === "ArrowRight") return inRow[inRow.indexOf(block) + 1];
    if (key === "ArrowLeft") return inRow[inRow.indexOf(block) - 1];
    const all = rows();
    const row = all[all.indexOf(rowOf(block)) + (key === "ArrowDown" ? 1 : -1)];
    const at = block.offsetLeft;
    return row && [...row.querySelectorAll(".block")].sort((one, other) => Math.abs(one.offsetLeft - at) - Math.abs(other.offsetLeft - at))[0];
  };

  const KEYS_OFF = "diary-keys-off";
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch { /* Then it counts for this page alone. */ }
  };
  let keysOff = remembered(KEYS_OFF) === "yes";

  const WORDS = { s: "seat", c: "complete", n: "no-show" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const inside = event.target.closest("#diary, .diary-foot");
    if (!inside) return;
    const block = event.target.closest(".block");
    if (block && event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = stepTo(block, event.key);
      next?.focus();
      next?.scrollIntoView({ block: "nearest", inline: "nearest" });
      return;
    }
    if (keysOff && event.key !== "?") return;
    const key = event.key.toLowerCase();
    if (WORDS[key]) {
      const id = block ? idOf(block) : opened?.id ?? rowId(event.target);
      if (id) press("/bookings/" + id + "/" + WORDS[key], {});
    } else if (key === "u") {
      byId("status-undo")?.click();
    } else if (key === "/") {
      event.preventDefault();
      window.location.assign(diary.dataset.search);
    } else if (key === "?") {
      showKeys();
    }
  });
  const rowId = (element) => Number(element.closest("tr.row")?.id.split("-").pop()) || null;

  const showKeys = () => {
    const dialog = byId("keys");
    byId("keys-off").checked = keysOff;
    dialog.showModal();
  };
  byId("keys-off")?.addEventListener("change", (event) => {
    keysOff = event.target.checked;
    remember(KEYS_OFF, keysOff ? "yes" : "");
  });
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }

  // ---- The present ----

  const drawNow = () => {
    const area = floor();
    if (!area?.dataset.begins || !("today" in area.dataset)) return;
    const step = ((Date.now() + ahead) / 1000 - Number(area.dataset.begins)) / STEP_SECONDS;
    for (const each of area.querySelectorAll("[data-now-line], [data-clock]")) {
      each.style.setProperty("--s", step);
      each.hidden = step < 0 || step > Number(area.dataset.steps);
    }
    const shown = area.querySelector("[data-clock]");
    if (shown) shown.textContent = byId("updated").textContent.slice(8, 13);
  };
  const showPresent = () => {
    const line = document.querySelector("[data-now-line]");
    if (line && floor()) floor().scrollLeft = Math.max(line.offsetLeft - floor().clientWidth / 3, 0);
    else if (floor()) {
      const first = Math.min(...blocks().map((each) => each.offsetLeft));
      if (Number.isFinite(first)) floor().scrollLeft = Math.max(first - 40, 0);
    }
  };

  // ---- Folded areas stay folded ----

  const FOLDED = "diary-folded";
  const folded = new Set((remembered(FOLDED) || "").split(" ").filter(Boolean));
  for (const area of document.querySelectorAll("details.area")) area.open = !folded.has(area.id);
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.area")) return;
    folded[event.target.open ? "delete" : "add"](event.target.id);
    remember(FOLDED, [...folded].join(" "));
  }, true);

  // ---- Moving a block ----

  let justMoved = false;
  const HOLD = 350;
  const FAR_ENOUGH = 6;

  const begin = (block, event) => {
    const ended = new AbortController();
    const on = (name, handle, options = {}) => document.addEventListener(name, handle, { signal: ended.signal, ...options });
    const from = { x: event.clientX, y: event.clientY, left: floor().scrollLeft, top: floor().scrollTop };
    from.at = event.clientY - floor().querySelector(".floor__all").getBoundingClientRect().top;
    const byTouch = event.pointerType !== "mouse";
    let held = false;
    let target = null;
    let landing = null;
    let holding = byTouch ? setTimeout(() => lift(), HOLD) : 0;

    let places = [];
    let width = 0;
    let home = null;

    // Everything is measured once, so that moving costs one transform and no layout.
    const lift = () => {
      held = true;
      const all = floor().querySelector(".floor__all");
      const origin = all.getBoundingClientRect();
      const lane = block.parentElement.getBoundingClientRect();
      const own = block.getBoundingClientRect();
      width = (lane.width / Number(floor().dataset.steps)) * QUARTER;
      home = own.left - origin.left;
      places = [...all.querySelectorAll(".floor__row[data-place]")].map((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return { row, top: top - origin.top, bottom: bottom - origin.top };
      });
      landing = document.createElement("div");
      landing.className = "landing";
      landing.style.height = own.height + "px";
      landing.style.width = own.width + "px";
      block.classList.add("is-held");
      all.append(landing);
    };
    const end = () => {
      ended.abort();
      clearTimeout(holding);
      block.classList.remove("is-held");
      landing?.remove();
    };
    on("pointermove", (move) => {
      const far = Math.hypot(move.clientX - from.x, move.clientY - from.y) > FAR_ENOUGH;
      if (!held && byTouch && far) return end();
      if (!held && !byTouch && far) lift();
      if (!held) return;
      const y = move.clientY - from.y + floor().scrollTop - from.top + from.at;
      const place = places.find((each) => y >= each.top && y < each.bottom);
      if (!place) return;
      const shift = Math.round((move.clientX - from.x + floor().scrollLeft - from.left) / width);
      if (target && target.row === place.row && target.shift === shift) return;
      target = { row: place.row, shift };
      landing.style.transform = `translate(${home + shift * width}px, ${place.top + 3}px)`;
      landing.textContent = timeAfter(block, shift);
    });
    on("touchmove", (move) => { if (held) move.preventDefault(); }, { passive: false });
    on("contextmenu", (menu) => { if (held) menu.preventDefault(); });
    on("pointerup", () => {
      const where = held && target;
      end();
      if (!held) return;
      justMoved = true;
      setTimeout(() => { justMoved = false; });
      if (where) drop(block, where);
    });
    on("pointercancel", end);
    on("keydown", (key) => { if (key.key === "Escape") end(); });
  };

  const startsAfter = (block, shift) => Number(block.dataset.starts) + shift * QUARTER * STEP_SECONDS;
  const timeAfter = (block, shift) =>
    new Date(startsAfter(block, shift) * 1000).toLocaleTimeString("en-GB", { timeZone: diary.dataset.zone, hour: "2-digit", minute: "2-digit" });

  // Only what was changed is sent: joined tables stay joined, and a walk-in of 19:07 keeps its minute.
  const drop = (block, { row, shift }) => {
    const id = idOf(block);
    const stays = [...blocksOf(id)].some((each) => row.contains(each));
    if (stays && !shift) return;
    press("/bookings/" + id + "/move", {
      place: stays ? "own" : row.dataset.place,
      ...(shift && { at: new Date(startsAfter(block, shift) * 1000).toISOString() }),
      seen: block.dataset.edits,
    });
  };

  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest?.(".block");
    if (!block || event.button !== 0 || !("moves" in diary.dataset)) return;
    begin(block, event);
  });
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".block")) event.preventDefault(); });

  rove();
  drawNow();
  if (isTables) showPresent();
  lookSoon();
  setInterval(drawNow, 20000);
})();
