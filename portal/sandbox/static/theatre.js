/* The theatre's own script: calls the API from the browser with cookies, as a site with a custom domain does.
   Where a call fails, the form is sent as a plain form, which does the same on the theatre's server. */
"use strict";

const api = document.body.dataset.api;
const said = document.getElementById("said");

function call(method, path, body) {
  return fetch(api + path, {
    method,
    credentials: "include",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function add(fields) {
  const ticket = { instance: fields.get("instance"), type: fields.get("type"), seatingPlan: fields.get("plan") };
  const answer = await call("POST", "basket/tickets", [ticket, ticket]);
  if (!answer.ok) return false;
  said.replaceChildren("2 tickets are in your basket. ", basketLink());
  refreshBasket((await answer.json()).tickets.length);
  return true;
}

async function remove(fields) {
  const ids = encodeURIComponent(fields.get("tickets"));
  const answer = await call("DELETE", `basket/tickets?ticketIds=${ids}`);
  if (answer.ok) window.location.reload();
  return answer.ok;
}

async function signIn(fields) {
  const answer = await call("POST", "customer/authenticate", {
    email: fields.get("email"),
    password: fields.get("password"),
  });
  if (answer.status === 401) {
    document.getElementById("failed").hidden = false;
    document.getElementById("email").focus();
    return true;
  }
  if (answer.ok) window.location.assign(fields.get("next"));
  return answer.ok;
}

async function signOut() {
  const answer = await call("POST", "customer/deauthenticate");
  if (answer.ok) window.location.assign("/");
  return answer.ok;
}

function basketLink() {
  const link = document.createElement("a");
  link.href = "/basket";
  link.textContent = "See your basket";
  return link;
}

function refreshBasket(count) {
  const summary = document.querySelector("spektrix-basket-summary");
  if (summary && summary.refresh) summary.refresh();
  else document.querySelector(".basket-link .count").firstChild.textContent = count;
}

// As a lazy loader does: the component's script comes when the page has been there for a while.
function loadLate({ lateScript, lateSeconds }) {
  const script = document.createElement("script");
  script.src = lateScript;
  window.setTimeout(() => document.head.append(script), 1000 * lateSeconds);
}
if (document.body.dataset.lateScript) loadLate(document.body.dataset);

const calls = { add, remove, "sign-in": signIn, "sign-out": signOut };

document.addEventListener("submit", async (event) => {
  const act = calls[event.target.dataset.call];
  if (!act) return;
  event.preventDefault();
  const done = await act(new FormData(event.target)).catch(() => false);
  if (!done) event.target.submit();
});
