/* The widget's own words, loaded in the one language that is wanted. */

const CODES = ['en', 'de', 'fr', 'es', 'it'];

export async function loadWords(...wanted) {
  const code = wanted.flat().map((tag) => String(tag).slice(0, 2).toLowerCase()).find((tag) => CODES.includes(tag)) ?? 'en';
  return (await import(`./words-${code}.js`)).default;
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
