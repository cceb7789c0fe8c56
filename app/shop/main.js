// Starts the shop: who the visitor is, which view the address asks for, and what the chat is told.

import { showGroups, showShelf, showWaiting } from "./catalogue.js";
import { ask, tellWho } from "./chat.js";
import * as demo from "./demo.js";
import { el, failure } from "./dom.js";
import { showNoOrders, showOrders } from "./orders.js";
import { offer, show } from "./personas.js";

const KEPT_AS = "larkfield.persona";
const USUAL = "delayed";
const QUESTIONS = {
  delayed: ["Where is my parcel?", "Can I still cancel it?", "What if it never arrives?"],
  delivered: ["How do I send something back?", "What does a return cost?", "It arrived damaged, what now?"],
  refunded: ["Where is my refund?", "Why is it less than I paid?", "Can I exchange it instead?"],
  two_orders: ["Where is my order?", "Can I still cancel it?", "Can I change the delivery address?"],
  new: ["What does delivery cost?", "Do you have a tent for two?", "How do returns work?"],
  anonymous: ["Where is my order?", "How long does delivery take?", "Which rain jackets do you have?"],
};

let people = [];
let products = [];
let signedIn = false;
let productsTried = false; // the orders wait for them, because of their pictures

const main = document.getElementById("main");
const place = () => decodeURIComponent(location.hash.slice(1)) || "all";

/** Shows the view that the address asks for. */
function showPlace() {
  const where = place();
  const view = where === "orders" ? "orders" : "shop";
  for (const part of main.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== view;
  document.title = view === "orders" ? "My orders – Larkfield" : "Larkfield";
  document.querySelector(".orders-link").setAttribute("aria-current", view === "orders" ? "page" : "false");
  const focused = document.activeElement?.closest("#groups a, #chips a");
  const listOf = focused?.closest("ul").id;
  showGroups(where);
  if (view === "orders" && signedIn && productsTried) showOrders(products, () => document.getElementById("switch").click());
  if (view === "shop" && products.length && !showShelf(products, where)) showShelf(products, "all");
  // The links are made anew, so the focus moves on to the one that took the old one's place.
  const links = focused ? [...document.querySelectorAll("#groups a, #chips a")] : [];
  links.find((link) => link.hash === focused.hash && link.closest("ul").id === listOf)?.focus({ preventScroll: true });
}

function unreachable(text, again) {
  document.getElementById("as-name").replaceChildren(text, el("button.inline", { type: "button", onclick: again }, "Try again"));
  document.getElementById("as-about").textContent = "";
  if (!signedIn) showNoOrders(again);
}

/** Becomes a persona: signs in at the shop and in the chat. */
async function become(key) {
  const persona = people.find((one) => one.key === key) ?? people[0];
  let session;
  try {
    session = await demo.signIn(persona.key);
  } catch {
    unreachable("but we could not sign you in just now. ", () => become(key));
    return;
  }
  if (!session) return;
  signedIn = true;
  sessionStorage.setItem(KEPT_AS, persona.key);
  const address = new URL(location.href);
  address.searchParams.set("as", persona.key);
  history.replaceState(null, "", address);
  show(persona);
  document.getElementById("questions").replaceChildren(...(QUESTIONS[persona.key] ?? QUESTIONS.anonymous).map((text) =>
    el("li", {}, el("button.question", { type: "button", onclick: () => ask(text) }, text))));
  if (place() === "orders") showPlace();
  tellWho(session.token);
}

async function loadPeople() {
  try {
    people = await demo.personas();
  } catch {
    unreachable("but we cannot reach the shop just now. ", loadPeople);
    return;
  }
  offer(people, become);
  const wanted = [new URLSearchParams(location.search).get("as"), sessionStorage.getItem(KEPT_AS), USUAL];
  await become(wanted.find((key) => people.some((one) => one.key === key)));
}

async function loadProducts() {
  showWaiting();
  try {
    products = await demo.products();
  } catch {
    document.getElementById("products").replaceChildren(failure("We could not load the shelf just now.", loadProducts));
  }
  productsTried = true;
  showPlace();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => {
  showPlace();
  if (place() === "orders") window.scrollTo(0, 0);
  else if (place() !== "all") document.querySelector(".shelf").scrollIntoView();
});

showPlace();
demo.keepFresh((session) => tellWho(session.token));
await Promise.all([loadPeople(), loadProducts()]);
