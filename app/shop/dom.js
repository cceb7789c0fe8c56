// Builds elements. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** `el("a.button", {href: "#all", onclick: fn}, "Look", …)`; null and undefined are left out. */
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A drawing out of a sprite file, hidden from screen readers: the words beside it say the same. */
export function drawing(href, viewBox, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", href);
  svg.append(use);
  return svg;
}

export function icon(name) {
  return drawing(`/shop/icons.svg#${name}`, "0 0 24 24", "icon");
}

/** What stands where something could not be loaded. */
export function failure(text, again) {
  return el("div.failure", { role: "alert" }, icon("alert"), el("p", {}, text), el("button.button.quiet", { type: "button", onclick: again }, "Try again"));
}

let fading;

/** A short line at the foot of the page that goes away by itself. */
export function toast(text) {
  const line = document.getElementById("toast");
  line.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { line.textContent = ""; }, 6000);
}
