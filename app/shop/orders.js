// The "My orders" view: one card an order, newest first.

import * as demo from "./demo.js";
import { drawing, el, failure, icon } from "./dom.js";
import { picture } from "./pictures.js";
import { date, price, refundLine, standing } from "./words.js";

const list = document.getElementById("orders-list");
const line = document.getElementById("orders-line");
let asked = 0;

/** Says that the orders cannot be had just now. */
export function showNoOrders(again) {
  line.textContent = "";
  list.replaceChildren(failure("We could not load the orders just now.", again));
}

/** Loads and shows the orders of whoever is signed in. `known` are the products, for their pictures. */
export async function showOrders(known, changeCustomer) {
  const mine = ++asked;
  line.textContent = "One moment.";
  list.replaceChildren();
  let orders;
  try {
    orders = await demo.orders();
  } catch {
    if (mine === asked) showNoOrders(() => showOrders(known, changeCustomer));
    return;
  }
  if (mine !== asked) return;
  if (orders === null) {
    line.textContent = "Sign in to see your orders.";
    list.replaceChildren(empty("You are not signed in", "The demo lets you look around as a customer with orders.",
      el("button.button", { type: "button", onclick: changeCustomer }, "Choose a customer")));
  } else if (!orders.length) {
    line.textContent = "Nothing here yet.";
    list.replaceChildren(empty("No orders so far", "When you order something, you can follow it here.",
      el("a.button", { href: "#all" }, "Look around the shop")));
  } else {
    line.textContent = orders.length === 1 ? "1 order" : `${orders.length} orders, the newest first`;
    const byName = new Map(known.map((product) => [product.name, product]));
    list.replaceChildren(...orders.map((order) => card(order, byName)));
  }
}

function empty(title, text, action) {
  return el("div.empty", {}, drawing("/shop/landscape.svg#empty", "0 0 240 140", "empty-picture"), el("h2", {}, title), el("p", {}, text), action);
}

function card(order, byName) {
  const state = standing(order);
  const refund = refundLine(order.refund);
  const link = order.shipment?.tracking_link;
  const followed = link && order.status !== "cancelled";
  return el("article.order", { "aria-labelledby": order.id },
    el("div.order-head", {},
      el("div", {}, el("h2", { id: order.id }, order.id), el("p", {}, `Ordered ${date(order.placed_on)}`)),
      el(`span.status.tone-${state.tone}`, {}, icon(state.icon), state.words)),
    el("ul.order-items", {}, order.items.map((item) =>
      el("li", {},
        picture(byName.get(item.name) ?? { name: item.name, category: "", id: item.name }, "thumb"),
        el("span.item-name", {}, item.name, item.quantity > 1 ? el("span.quantity", {}, ` × ${item.quantity}`) : null),
        el("span.item-price", {}, price(item.price))))),
    el("div.order-foot", {},
      el("div.order-lines", {},
        state.line || followed ? el("p.parcel", {}, icon(state.icon), el("span", {}, state.line, followed ? " " : null,
          followed ? el("a", { href: link, rel: "noreferrer", target: "_blank", "aria-label": `Track ${order.id} with ${order.shipment.carrier} (opens in a new tab)` },
            `Track with ${order.shipment.carrier}`) : null)) : null,
        refund ? el("p.parcel", {}, icon("refund"), el("span", {}, refund)) : null),
      el("p.total", {}, withDelivery(order) ? "Total with delivery " : "Total ", el("strong", {}, price(order.total)))));
}

/** Whether the total is more than the items, which is then the delivery. */
function withDelivery(order) {
  const cents = (amount) => Math.round(Number(amount) * 100);
  return cents(order.total) > order.items.reduce((sum, item) => sum + cents(item.price) * item.quantity, 0);
}
