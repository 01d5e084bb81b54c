/* A stand-in for Spektrix's <spektrix-basket-summary>: fetches the basket on every page and leaves it, with the
   constants of the client, in local storage, where other scripts of the page may find it. */
"use strict";

class BasketSummary extends HTMLElement {
  connectedCallback() {
    this.refresh();
  }

  get api() {
    const scheme = window.location.protocol;
    return `${scheme}//${this.getAttribute("custom-domain")}/${this.getAttribute("client-name")}/api/v3/`;
  }

  async refresh() {
    this.keep("spektrixClientConstants", {
      apiEndpoint: this.api,
      clientName: this.getAttribute("client-name"),
      currencyChar: "£",
      currencyDecimalPlaces: 2,
      enabled: true,
      loginUrl: "",
      spektrixHost: this.getAttribute("custom-domain"),
      timeoutMinutes: Number(this.dataset.timeoutMinutes),
    });
    try {
      const answer = await fetch(`${this.api}basket`, { credentials: "include" });
      if (answer.ok) this.show(await answer.json());
    } catch (error) {
      console.warn("The basket could not be fetched:", error.message);
    }
  }

  show(basket) {
    this.keep("spektrixBasket", basket);
    this.setAttribute("count", basket.tickets.length);
    for (const place of this.querySelectorAll("[data-basket-item-count]")) {
      place.textContent = basket.tickets.length;
    }
  }

  keep(key, data) {
    window.localStorage.setItem(key, JSON.stringify({ data, timestamp: Date.now() }));
  }
}

customElements.define("spektrix-basket-summary", BasketSummary);
