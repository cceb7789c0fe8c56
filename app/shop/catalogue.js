// The shelf: groups, category chips, the product grid and the dialog with the details.

import { ask } from "./chat.js";
import { el, icon } from "./dom.js";
import { picture } from "./pictures.js";
import { price } from "./words.js";

const AT_FIRST = 16;
const GROUPS = [
  ["Clothing", ["footwear", "rain clothing", "warm clothing"]],
  ["Camping", ["tents and sleeping", "packs and bags", "lights", "camp kitchen"]],
  ["Home", ["home textiles", "kitchenware", "lamps"]],
  ["Kids and garden", ["kids", "garden"]],
];

const slug = (text) => text.toLowerCase().replaceAll(" ", "-");
const titled = (text) => text[0].toUpperCase() + text.slice(1);
const shelf = document.getElementById("products");
const dialog = document.getElementById("product");

/** Places that a link can lead to: everything, a group or a category. */
function places(products) {
  const categories = [...new Set(products.map((product) => product.category))];
  return new Map([
    ["all", { title: "Everything", of: categories }],
    ...GROUPS.map(([title, of]) => [slug(title), { title, of }]),
    ...categories.map((name) => [slug(name), { title: titled(name), of: [name] }]),
  ]);
}

export function showGroups(current) {
  document.getElementById("groups").replaceChildren(...GROUPS.map(([title, of]) => {
    const here = slug(title) === current || of.some((name) => slug(name) === current);
    return el("li", {}, el("a", { href: `#${slug(title)}`, "aria-current": here ? "true" : null }, title));
  }));
}

/** Shows the shelf at a place; false when there is no such place. */
export function showShelf(products, where) {
  const all = places(products);
  const place = all.get(where);
  if (!place) return false;
  const found = products.filter((product) => place.of.includes(product.category));
  const shown = where === "all" ? mixed(found) : found;
  document.getElementById("shelf-title").textContent = place.title;
  document.getElementById("count").textContent = found.length === 1 ? "1 product" : `${found.length} products`;
  const group = GROUPS.find(([title, of]) => slug(title) === where || of.some((name) => slug(name) === where));
  const chips = where === "all" || !group ? ["all", ...all.get("all").of.map(slug)] : ["all", slug(group[0]), ...group[1].map(slug)];
  document.getElementById("chips").replaceChildren(...chips.filter((key) => all.has(key)).map((key) =>
    el("li", {}, el("a.chip", { href: `#${key}`, "aria-current": key === where ? "true" : null },
      group && key === slug(group[0]) && where !== "all" ? `All ${all.get(key).title.toLowerCase()}` : all.get(key).title))));
  const chosen = document.querySelector(".chip[aria-current]");
  if (chosen) chosen.closest("ul").scrollLeft = chosen.offsetLeft - 40;
  fill(shown, AT_FIRST);
  return true;
}

function fill(products, count) {
  const grid = el("ul.grid", {}, products.slice(0, count).map(card));
  const rest = products.length - count;
  const more = rest > 0
    ? el("button.button.quiet.more", { type: "button", onclick: () => {
      fill(products, products.length);
      shelf.querySelectorAll("button.card-open")[count]?.focus();
    } }, `Show ${rest} more`)
    : null;
  shelf.replaceChildren(...[grid, more].filter(Boolean));
}

/** Grey places where the products will stand. */
export function showWaiting() {
  shelf.replaceChildren(el("div.grid.waiting", { "aria-hidden": "true" }, Array.from({ length: 8 }, () => el("div.ghost"))));
}

/** One of each category in turn, so that the start shows a bit of everything. */
function mixed(products) {
  const piles = Map.groupBy ? [...Map.groupBy(products, (one) => one.category).values()] : [products];
  const longest = Math.max(0, ...piles.map((pile) => pile.length));
  return Array.from({ length: longest }, (_, turn) => piles.map((pile) => pile[turn])).flat().filter(Boolean);
}

const stock = (product) => product.in_stock
  ? el("span.stock", {}, icon("check"), "In stock")
  : el("span.stock.out", {}, icon("clock"), "Sold out");

function card(product) {
  return el("li.card", {},
    picture(product, "tile"),
    el("div.card-words", {},
      el("h3", {}, product.name),
      el("p.card-line", {}, el("span.price", {}, price(product.price)), stock(product)),
      el("button.card-open", { type: "button", "aria-haspopup": "dialog", "aria-label": `Details of ${product.name}`, onclick: () => details(product) }, "Details")));
}

function details(product) {
  const close = () => dialog.close();
  dialog.replaceChildren(
    el("button.close", { type: "button", "aria-label": "Close", onclick: close }, icon("cross")),
    picture(product, "large"),
    el("div.product-words", {},
      el("p.product-category", {}, titled(product.category)),
      el("h2", { id: "product-name" }, product.name),
      el("p.card-line", {}, el("span.price", {}, price(product.price)), stock(product)),
      el("p", {}, product.details),
      el("div.product-foot", {},
        el("button.button", { type: "button", onclick: () => {
          close();
          ask(product.in_stock ? `I have a question about the ${product.name}: ` : `When will the ${product.name} be back in stock?`);
        } }, icon("chat"), product.in_stock ? "Ask about it" : "Ask when it is back"),
        el("p.small", {}, "This is a demonstration, so there is no basket."))));
  dialog.showModal();
}

dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
