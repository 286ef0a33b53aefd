// Building blocks. Text becomes text nodes, never markup: what a device sent cannot do anything here.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(9)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : show(child));
  }
  return element;
}

const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Control and direction characters are shown, not obeyed: ⟦U+202E⟧.
function show(value) {
  return String(value).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      c => `⟦U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`);
}

const clip = (value, length) => { const t = String(value); return t.length > length ? `${t.slice(0, length - 1)}…` : t; };
const clipStart = (value, length) => value.length > length ? `…${value.slice(1 - length)}` : value;
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

function ms(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size < 0.0005) return "0";
  if (size < 1) return `${Math.round(value * 1000)} µs`;
  if (size < 100) return `${value.toFixed(1)} ms`;
  if (size < 1000) return `${value.toFixed(0)} ms`;
  if (size < 60000) return `${(value / 1000).toFixed(size < 10000 ? 2 : 1)} s`;
  return `${Math.floor(value / 60000)} min ${((value % 60000) / 1000).toFixed(0)} s`;
}

function bytes(count) {
  if (typeof count !== "number") return "";
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  return `${count} B`;
}

// A table that has nothing but its own entries: names of a trace, such as “constructor”, must not find anything else.
const table = entries => Object.assign(Object.create(null), entries);

const VERDICTS = table({
  FAIL: ["✘", "fail", "The device under test broke a requirement; the ids are listed."],
  ERROR: ["!", "error", "A fault of tester, lab or configuration, or a wire fault of our own side. Says nothing about the device."],
  INCONCLUSIVE: ["?", "inconclusive", "Not decided: the preamble was not reached, evidence is missing, or the margin is smaller than the tester's jitter."],
  PASS: ["✔", "pass", "Every mandatory check was met. A SHOULD that was missed is a warning on it."],
  NOT_APPLICABLE: ["–", "not applicable", "The device does not claim the feature (PICS); the condition is shown."],
  NOT_RUN: ["○", "not run", "Planned, but no verdict exists: the run was cut off, or its result is missing."],
});

function badge(verdict, overlay) {
  const [icon, word] = VERDICTS[verdict] || ["·", "open"];
  return h("span", { class: `badge ${verdict || "NONE"}${overlay ? " overlay" : ""}` }, h("i", { "aria-hidden": "true" }, icon), overlay || word);
}
const overlayOf = c => !c.overlay ? "" : `${VERDICTS[c.verdict][1]}, ${c.overlay}`;

// A list of which only the rows in view exist; draw(index) returns a row.
function rows(count, height, draw, attributes) {
  const space = h("div", { class: "space", style: `height:${count * height}px` });
  const host = h("div", { ...attributes, class: `rows ${(attributes || {}).class || ""}` }, space);
  let from = -1, to = -1;
  host.paint = (all, force) => {
    const first = all ? 0 : Math.max(0, Math.floor(host.scrollTop / height) - 8);
    const last = all ? Math.min(count, 1000) : Math.min(count, first + Math.ceil((host.clientHeight || 800) / height) + 16);
    if (!force && first === from && last === to) return;
    [from, to] = [first, last];
    space.replaceChildren(...Array.from({ length: last - first }, (_, i) => {
      const row = draw(first + i);
      row.style.top = `${(first + i) * height}px`;
      row.style.height = `${height}px`;
      return row;
    }));
  };
  host.reveal = index => {
    const top = index * height;
    if (top < host.scrollTop || top + height > host.scrollTop + host.clientHeight) host.scrollTop = top - host.clientHeight / 2;
    host.paint(false, true);
  };
  host.addEventListener("scroll", () => host.paint());
  new ResizeObserver(() => host.paint()).observe(host);
  return host;
}

async function copy(text, button) {
  let done = true;
  try { await navigator.clipboard.writeText(text); } catch {
    const area = h("textarea", { class: "offscreen" });  // pages opened from a file may have no clipboard interface
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = done ? "copied" : "not allowed";
  setTimeout(() => { button.textContent = label; }, 1200);
}
const copyButton = (label, text) => h("button", { class: "small", onclick: e => copy(text(), e.target) }, label);
