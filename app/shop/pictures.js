// Chooses a product's picture out of the sprite, and tints it with one of a few palettes: always the same for a product.

import { drawing, el } from "./dom.js";

/** Words of a product's name, the first that fits counts; what none fits gets the picture of its category. */
const BY_NAME = [
  [/string lights/, "string-lights"], [/headlamp/, "headlamp"], [/lantern/, "lantern"], [/flashlight/, "flashlight"],
  [/rain boots/, "rain-boots"], [/boots|hikers/, "hiking-boots"], [/slippers/, "slippers"], [/sandals/, "sandals"], [/shoes/, "shoe"],
  [/down jacket/, "down-jacket"], [/fleece/, "fleece"], [/sweater|base layer/, "sweater"], [/poncho/, "poncho"], [/pants/, "pants"],
  [/jacket|parka/, "jacket"], [/beanie/, "beanie"], [/socks/, "socks"], [/gloves/, "gloves"],
  [/family tent/, "family-tent"], [/tent/, "tent"], [/sleeping bag/, "sleeping-bag"], [/sleeping pad/, "pad"], [/pillow/, "pillow"], [/hammock/, "hammock"],
  [/duffel/, "duffel"], [/dry bag/, "dry-bags"], [/tote/, "tote"], [/hip pack/, "hip-pack"], [/backpack|daypack/, "backpack"],
  [/electric kettle/, "electric-kettle"], [/kettle/, "kettle"], [/stove/, "stove"], [/cook set/, "cook-set"], [/cooler/, "cooler"],
  [/bottle/, "bottle"], [/mugs/, "mugs"], [/spork/, "sporks"], [/towel/, "towels"], [/sheet|duvet/, "bedding"], [/blanket|throw/, "blanket"],
  [/skillet/, "skillet"], [/saucepan/, "saucepan"], [/board/, "board"], [/knives/, "knives"], [/dripper/, "dripper"], [/jars/, "jars"],
  [/desk lamp/, "desk-lamp"], [/floor lamp/, "floor-lamp"], [/lamp/, "table-lamp"],
  [/trowel/, "trowel"], [/pruners/, "pruners"], [/watering/, "watering-can"], [/planter/, "planter"], [/fire bowl/, "fire-bowl"],
];

const BY_CATEGORY = {
  "footwear": "shoe", "rain clothing": "jacket", "warm clothing": "sweater", "tents and sleeping": "tent", "packs and bags": "backpack",
  "lights": "lantern", "camp kitchen": "cook-set", "home textiles": "blanket", "kitchenware": "saucepan", "lamps": "table-lamp",
  "kids": "backpack", "garden": "planter",
};

/** Ground, main tone, its shade, the light tone, the accent. */
const PALETTES = [
  ["#e3ead9", "#5d8a66", "#436a50", "#f3efe0", "#e0a458"], // moss
  ["#f4e1d2", "#c8693f", "#a04f2e", "#fbeee0", "#3f6f73"], // clay
  ["#dbe7ec", "#4a7d95", "#355f76", "#eff5f4", "#e2b04a"], // lake
  ["#f5eacb", "#d9a13b", "#b07d22", "#fdf6e1", "#8a4b38"], // straw
  ["#eadfe7", "#8a6287", "#694767", "#f6eef2", "#d99a5b"], // heather
  ["#e2e5e2", "#5f6f6f", "#455454", "#f2f2ec", "#cf6d4a"], // slate
  ["#f3dcd8", "#b8524f", "#8f3b3c", "#faeeea", "#e8bd6a"], // berry
];

function symbolFor(product) {
  const name = product.name.toLowerCase();
  return BY_NAME.find(([words]) => words.test(name))?.[1] ?? BY_CATEGORY[product.category] ?? "parcel";
}

/** Neighbors in the catalogue get different palettes. */
function paletteFor(product) {
  const number = Number(/\d+$/.exec(product.id)?.[0] ?? [...product.id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0));
  return PALETTES[(number * 3 + Math.floor(number / 7)) % PALETTES.length];
}

export function picture(product, size) {
  const frame = el(`span.picture.picture-${size}`, {}, drawing(`/shop/pictures.svg#${symbolFor(product)}`, "0 0 240 200", "picture-art"));
  const [ground, main, shade, light, accent] = paletteFor(product);
  for (const [name, tone] of Object.entries({ ground, a: main, b: shade, c: light, d: accent })) frame.style.setProperty(`--pic-${name}`, tone);
  return frame;
}
