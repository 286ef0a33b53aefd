// The selected message: its tree beside its bytes, linked where a value can be found in them.

// EXI puts values between byte borders. A value of some length is found by looking for its bits, in document order,
// so that the second of two equal values finds its own place. Short values are not looked for: they would match anywhere.
function linker(hex) {
  const data = new Uint8Array((hex || "").length >> 1);
  for (let i = 0; i < data.length; i++) data[i] = parseInt(hex.substr(2 * i, 2), 16);
  const shifted = Array.from({ length: 8 }, (_, shift) => {
    if (!shift) return data;
    const moved = new Uint8Array(Math.max(0, data.length - 1));
    for (let i = 0; i < moved.length; i++) moved[i] = ((data[i] << shift) | (data[i + 1] >> (8 - shift))) & 255;
    return moved;
  });
  let cursor = 0;
  const seek = needle => {
    let best = null;
    for (let shift = 0; shift < 8; shift++) {
      const place = shifted[shift];
      scan: for (let i = cursor >> 3; i + needle.length <= place.length; i++) {
        const bit = i * 8 + shift;
        if (best !== null && bit >= best) break;
        if (bit < cursor) continue;
        for (let j = 0; j < needle.length; j++) if (place[i + j] !== needle[j]) continue scan;
        best = bit;
        break;
      }
    }
    if (best === null) return null;
    cursor = best + needle.length * 8;
    return [best >> 3, (cursor - 1) >> 3];
  };
  return value => {
    const needle = needleOf(value);
    if (!needle) return null;
    const found = seek(needle);
    return found || (needle.other ? seek(needle.other) : null);
  };
}

function needleOf(value) {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= 16384) {
    const groups = [];
    let rest = Math.abs(value);
    while (rest > 127) { groups.push(128 | (rest % 128)); rest = Math.floor(rest / 128); }
    const needle = [...groups, rest];
    needle.other = [...new TextEncoder().encode(String(value))];
    return needle;
  }
  if (typeof value !== "string" || value.length < 3 || value.length > 3000) return null;
  const text = [...new TextEncoder().encode(value)];
  if (/^(?:[0-9A-F]{2}){3,}$/.test(value)) { const raw = value.match(/../g).map(p => parseInt(p, 16)); raw.other = text; return raw; }
  if (/^(?:[A-Za-z0-9+/]{4}){2,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) { try { text.other = [...atob(value)].map(ch => ch.charCodeAt(0)); } catch { /* plain text after all */ } }
  return text;
}

function scalar(value) {
  if (value && typeof value === "object" && typeof value.$integer === "string") return h("span", { class: "v number" }, value.$integer);
  const kind = value === null ? "null" : typeof value;
  if (kind !== "string" || value.length <= 240) return h("span", { class: `v ${kind}` }, kind === "string" ? value : String(value));
  const rest = h("span", { class: "v string" }, `${value.slice(0, 200)}…`);
  return h("span", {}, rest, h("button", { class: "small", onclick: e => { rest.textContent = show(value); e.target.remove(); } }, `all ${value.length.toLocaleString("en")} characters`));
}

const isLeaf = value => value === null || typeof value !== "object" || typeof value.$integer === "string";

// A tree as nested lists. With a linker, leaves get data-span="first last": the bytes they came from.
function treeNode(name, value, find, depth = 0) {
  const label = name === null ? null : h("span", { class: "k" }, String(name));
  if (isLeaf(value)) {
    const span = find && find(value);
    return h("div", { class: `leaf${span ? " linked" : ""}`, "data-span": span ? span.join(" ") : null, tabindex: span ? 0 : null }, label, scalar(value));
  }
  const entries = Array.isArray(value) ? value.map((v, i) => [i + 1, v]) : Object.entries(value);
  const inner = h("div", { class: "branch" }, entries.slice(0, 400).map(([k, v]) => treeNode(k, v, find, depth + 1)), entries.length > 400 && h("div", { class: "quiet" }, `… ${entries.length - 400} more entries`));
  if (name === null) return h("div", { class: "tree" }, entries.length ? inner : h("span", { class: "quiet" }, "empty"));
  return h("details", { open: depth < 12 }, h("summary", {}, label, h("span", { class: "quiet" }, entries.length ? (Array.isArray(value) ? ` ${entries.length}` : "") : " empty")), inner);
}

function hexDump(hex, total, bit) {
  const count = (hex || "").length >> 1, limit = 1024, marked = typeof bit === "number" ? bit >> 3 : -1;
  const host = h("div", { class: "hex", "aria-label": "bytes" });
  const draw = (from, to) => {
    for (let row = from; row < to; row += 8) {
      const line = h("div", {}, h("span", { class: "offset" }, row.toString(16).padStart(4, "0")));
      const ascii = h("span", { class: "ascii" });
      for (let i = row; i < row + 8; i++) {
        const value = hex.substr(2 * i, 2), code = parseInt(value, 16);
        line.append(h("span", { class: `b${i % 4 === 3 ? " gap" : ""}${i === marked ? " marked" : ""}`, "data-b": i }, value || "  "));
        if (value) ascii.append(h("span", { "data-b": i }, code > 32 && code < 127 ? String.fromCharCode(code) : "·"));
      }
      line.append(ascii);
      host.append(line);
    }
  };
  draw(0, Math.min(count, limit));
  if (count > limit) host.append(h("button", { class: "small", onclick: e => { e.target.remove(); draw(limit, count); } }, `all ${count} bytes`));
  if (total > count) host.append(h("p", { class: "quiet" }, `${total - count} further bytes are in the trace`));
  return host;
}

function exactJson(value) {
  return JSON.stringify(value, null, 2).replace(/\{\s*"\$integer": "(-?\d+)"\s*\}/g, "$1");
}

function inspector(c, parts, row, close) {
  const body = row.b, related = parts.rows.filter(r => r !== row && (r.k === "oddity" || r.k === "check") && r.f && (r.f.message === row.i || (Array.isArray(r.f.events) && r.f.events.includes(row.i))));
  const findings = parts.findings.filter(f => f.events.includes(row.i)), bit = body && typeof body === "object" && typeof body.bit === "number" ? body.bit : null;
  const find = row.r ? linker(row.r) : null, object = body !== undefined && body !== null && typeof body === "object";
  const tree = object ? treeNode(null, body, find) : body === undefined ? null : h("div", { class: "tree" }, treeNode("value", body, find));
  const dump = row.r ? hexDump(row.r, row.z, bit) : null;
  const nodes = h("div", { class: "inspector", "data-event": row.i },
    h("div", { class: "title" }, h("h2", { class: isBad(row) || (row.m && row.w > row.m) ? "FAIL" : "" }, labelOf(row)), h("button", { class: "small", title: "close (Esc)", onclick: close }, "✕")),
    h("p", { class: "quiet" }, [row.s && `${row.s}${row.d ? ` → ${row.d}` : ""}`, seconds(row.t), row.l, row.c, `event ${row.i}`].filter(Boolean).join("  ·  ")),
    row.w !== undefined && h("p", { class: row.m && row.w > row.m ? "FAIL" : "" }, row.m && row.w > row.m ? "✘ " : "", `answered after ${ms(row.w)}`, row.m ? ` (limit ${ms(row.m)}${row.q ? `, ${row.q}` : ""})` : "", " · ", h("a", { href: link(c, row.a), class: "event" }, `request #${row.a}`)),
    row.o && h("p", {}, row.o),
    findings.map(f => h("p", { class: `finding ${f.severity}` }, h("b", {}, f.whose === "tester" ? "! tester " : table({ MUST: "✘ ", SHOULD: "▲ ", UNSURE: "? " })[f.severity] || "i ", f.requirement, " "), clip(f.text, 600))),
    related.map(r => h("p", { class: "finding SHOULD" }, labelOf(r))),
    h("p", { class: "buttons" }, copyButton("copy link", () => location.href.split("#")[0] + link(c, row.i)), object && copyButton("copy JSON", () => exactJson(body)), row.r && copyButton("copy hex", () => row.r)),
    h("div", { class: "pair" }, tree && h("div", {}, h("h3", {}, "Decoded"), tree), dump && h("div", {}, h("h3", {}, `Bytes (${row.z})`, bit !== null ? ` · bit ${bit} marked` : ""), dump)),
    !tree && !dump && h("p", { class: "quiet" }, "This event has neither fields nor bytes."),
    object && h("details", { class: "rawjson" }, h("summary", {}, "Raw JSON"), h("pre", {}, clip(exactJson(body), 60000))));
  linkHover(nodes);
  return nodes;
}

// Pointing at a value lights its bytes, and at a byte its value.
function linkHover(host) {
  const leaves = [...host.querySelectorAll("[data-span]")].map(node => [node, ...node.dataset.span.split(" ").map(Number)]);
  const light = (first, last, leaf) => {
    host.querySelectorAll(".lit").forEach(node => node.classList.remove("lit"));
    if (leaf) leaf.classList.add("lit");
    if (first !== undefined) host.querySelectorAll("[data-b]").forEach(node => { if (+node.dataset.b >= first && +node.dataset.b <= last) node.classList.add("lit"); });
  };
  const over = e => {
    const leaf = e.target.closest("[data-span]"), byte = e.target.closest("[data-b]");
    const hit = leaf ? leaves.find(([node]) => node === leaf) : byte ? leaves.find(([, from, to]) => +byte.dataset.b >= from && +byte.dataset.b <= to) : null;
    light(hit && hit[1], hit && hit[2], hit && hit[0]);
  };
  host.addEventListener("mouseover", over);
  host.addEventListener("focusin", over);
}
