/* As an embedded page of Spektrix's does on each load: tells the page around it what is in the basket. */
"use strict";

const told = document.getElementById("basket");
const basketContents = JSON.parse(told.textContent);
window.parent.postMessage({ basketContents, basketHash: basketContents.hash }, told.dataset.around);
