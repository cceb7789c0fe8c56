// The demo bar: shows who the visitor is just now, and a menu to become somebody else.

import { el, icon } from "./dom.js";

const menu = document.getElementById("personas");
const triggers = [document.getElementById("switch"), document.getElementById("account")];
let opener = triggers[0];

export const nameOf = (persona) => persona.name ?? "Not signed in";

/** Fills the menu; `choose(key)` is called for the one that is picked. */
export function offer(personas, choose) {
  menu.replaceChildren(
    el("p.personas-title", { role: "presentation" }, "Try the shop as"),
    ...personas.map((persona) =>
      el("button.persona", { type: "button", role: "menuitemradio", "aria-checked": "false", tabindex: "-1", "data-key": persona.key,
        onclick: () => { menu.hidePopover(); opener.focus(); choose(persona.key); } },
      face(persona),
      el("span.persona-words", {}, el("span.persona-name", {}, nameOf(persona)), el("span.persona-about", {}, persona.about)),
      icon("check"))),
  );
}

/** Marks who is chosen, in the bar, in the account chip and in the menu. */
export function show(persona) {
  document.getElementById("as-name").textContent = persona.signed_in ? `as ${nameOf(persona)}.` : "as a guest.";
  document.getElementById("as-about").textContent = persona.signed_in ? `${persona.about}.` : "";
  const chip = triggers[1];
  chip.replaceChildren(face(persona), el("span.account-name", {}, persona.signed_in ? nameOf(persona).split(" ")[0] : "Guest"));
  chip.setAttribute("aria-label", persona.signed_in ? `${nameOf(persona).split(" ")[0]}, change customer` : "Guest, change customer");
  for (const item of items()) item.setAttribute("aria-checked", String(item.dataset.key === persona.key));
}

function face(persona) {
  const letters = persona.name?.split(" ").map((word) => word[0]).slice(0, 2).join("");
  return el(`span.face.face-${persona.key}`, { "aria-hidden": "true" }, letters ?? icon("user"));
}

const items = () => [...menu.querySelectorAll('[role="menuitemradio"]')];

function open(trigger) {
  opener = trigger;
  const box = trigger.getBoundingClientRect();
  menu.style.setProperty("--menu-top", `${Math.round(box.bottom + 8)}px`);
  menu.style.setProperty("--menu-right", `${Math.round(document.documentElement.clientWidth - box.right)}px`);
  menu.showPopover();
  (menu.querySelector('[aria-checked="true"]') ?? items()[0])?.focus();
}

for (const trigger of triggers) {
  trigger.addEventListener("pointerdown", () => { trigger.dataset.wasOpen = menu.matches(":popover-open") ? "yes" : ""; });
  trigger.addEventListener("click", () => {
    const closes = trigger.dataset.wasOpen && opener === trigger; // the press outside has closed it already
    trigger.dataset.wasOpen = "";
    if (!closes && items().length) open(trigger);
  });
}

menu.addEventListener("toggle", (event) => {
  for (const trigger of triggers) trigger.setAttribute("aria-expanded", String(event.newState === "open" && trigger === opener));
});

menu.addEventListener("keydown", (event) => {
  const all = items();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    all[to % all.length].focus();
  } else if (event.key === "Tab" || event.key === "Escape") {
    event.preventDefault();
    menu.hidePopover();
    opener.focus();
  }
});
