// The ladder: who sent what to whom, drawn to time. Long waits are folded and say how long they were.

const GUTTER = 250, RIGHT = 190, FOLD_MS = 1500;
const scale = delta => Math.min(delta, 400) * 0.3 + Math.max(0, delta - 400) * 0.05;  // pixels of a wait; steep where limits are
const PARTIES = ["evcc", "ev", "secc", "station", "proxy", "csms", "vtn", "ven", "tester"];
const PARTY_NAMES = table({ evcc: "EVCC", secc: "SECC", station: "Station", csms: "CSMS", proxy: "Proxy", cpo: "CPO", emsp: "eMSP", vtn: "VTN", ven: "VEN" });
const FACES = table({ station: ["station", "secc"], secc: ["station", "secc"] });  // a charger under test has two faces
const isSut = name => name === report.sut.role || (FACES[report.sut.role] || []).includes(name);
const ARROWS = new Set(["message", "undecodable", "fault", "open", "close", "handshake", "frame", "bytes"]);
const HEIGHTS = { message: 32, undecodable: 32, fault: 30, oddity: 22, unreadable: 26, step: 30, stimulus: 24 };
const isBad = row => row.k === "undecodable" || row.k === "fault" || row.k === "unreadable" || row["?"];
const action = row => (row.b && typeof row.b === "object" && row.b.action) || "";

function isShown(row, everything) {
  if (everything) return true;
  if (row.k === "bytes") return Boolean(row.r) && row.l !== "tls" && !row.carried;
  if (row.k === "timer") return action(row) !== "start";
  if (row.k === "step") return !row.b || row.b.outcome === "started" || row.b.outcome === "failed" || row.b.outcome === "error";
  return row.k !== "check" && row.k !== "finding" && row.k !== "state";
}

// Places every row: y by time, no two rows closer than they need.
function layOut(parts, width, everything, wanted) {
  const quietLinks = new Map();  // a handshake that came to its end is one row, unless somebody asks for its messages
  if (!everything) parts.rows.forEach(row => { if (row.k === "handshake" && row.n === "established") quietLinks.set(row.c, row.i); });
  const folded = row => row.k === "handshake" && quietLinks.has(row.c) && (row.i < quietLinks.get(row.c) || row.n === "NewSessionTicket") && !wanted.has(row.i);
  parts.rows.forEach(row => { if (quietLinks.get(row.c) === row.i) row.folded = parts.rows.filter(r => r.k === "handshake" && r.c === row.c && r.i < row.i).length; });
  const visible = parts.rows.filter(row => (isShown(row, everything) || wanted.has(row.i)) && !folded(row)).sort((a, b) => a.t - b.t || 0);
  const names = new Set(visible.filter(row => ARROWS.has(row.k)).flatMap(row => [row.s, row.d]).filter(Boolean));
  const rank = name => { const i = PARTIES.indexOf(name); return i < 0 ? 99 : i; };
  const parties = [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const lane = Math.max(170, Math.min(640, (width - GUTTER - RIGHT) / Math.max(1, parties.length - 1)));
  const x = new Map(parties.map((name, i) => [name, GUTTER + i * lane]));
  const places = [], folds = [];
  let y = 30, before = null;
  for (const row of visible) {
    const delta = before ? row.t - before.t : 0, room = HEIGHTS[row.k] || 20;
    let gap = before ? Math.max(room, scale(delta)) : room;
    if (delta > FOLD_MS) { gap = Math.max(room, 74); folds.push({ y: y + gap / 2 - 4, delta }); }
    y += gap;
    places.push({ row, y, room, delta });
    before = row;
  }
  return { places, folds, parties, x, lane, height: y + 40, width: GUTTER + Math.max(1, parties.length - 1) * lane + RIGHT,
    byEvent: new Map(places.map(p => [p.row.i, p])) };
}

// Where an instant lies that has no row of its own; event tells before which of the rows of one instant (virtual clock).
function yAt(plan, time, event) {
  const { places } = plan, isBefore = ({ row }) => row.t < time || (row.t === time && row.i < event);
  let low = 0, high = places.length;
  while (low < high) { const mid = (low + high) >> 1; if (isBefore(places[mid])) low = mid + 1; else high = mid; }
  const prior = places[low - 1], after = places[low];
  if (!prior || !after) return (prior || after).y;
  if (after.row.t <= prior.row.t) return (prior.y + after.y) / 2;
  return prior.y + (after.y - prior.y) * (time - prior.row.t) / (after.row.t - prior.row.t);
}

// State names of each actor as spans of time: the coloured band at the left.
function bands(rows, end) {
  const states = rows.filter(row => row.k === "state" || (row.k === "power" && row.n)), spans = [];
  const main = states.find(row => row.k === "state");
  states.filter(row => row.k === "state" && row.s === main.s).forEach((row, i, all) => {
    if (i && all[i - 1].n === row.n) return;
    const next = all.slice(i + 1).find(other => other.n !== row.n);
    spans.push({ name: row.n, from: row.t, event: row.i, to: next ? next.t : end.t, next: next ? next.i : Infinity });
  });
  return spans.map((span, i) => ({ ...span, tint: i % 2 }));
}

function ladder(c, parts, options) {
  const wanted = new Set([options.selected, ...parts.findings.flatMap(f => f.events), ...parts.expected_observed.flatMap(o => o.events)]);
  const plan = layOut(parts, options.width, options.everything, wanted);
  if (!plan.places.length) return h("p", { class: "quiet" }, c.trace ? "The trace holds no event." : "No trace: nothing was exchanged in this test case.");
  const marks = new Map();
  parts.findings.forEach(f => f.events.forEach(id => marks.set(id, [...(marks.get(id) || []), f])));
  const layer = s("g", {}), last = plan.places[plan.places.length - 1];
  const spans = bands(parts.rows, last.row).map(b => ({ ...b, top: yAt(plan, b.from, b.event), bottom: yAt(plan, b.to, b.next) }));
  const svg = s("svg", { class: "ladder", width: plan.width, height: plan.height, viewBox: `0 0 ${plan.width} ${plan.height}`, role: "list", "aria-label": "Messages by time" },
    s("defs", {}, ["tip", "tiplate", "tipthin"].map(id => s("marker", { id, class: id, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0 0.5L8 4L0 7.5z" })))),
    plan.parties.map(name => s("line", { class: `life${isSut(name) ? " sut" : ""}`, x1: plan.x.get(name), x2: plan.x.get(name), y1: 0, y2: plan.height })), layer);
  const head = s("svg", { class: "ladder parties", width: plan.width, height: 34, viewBox: `0 0 ${plan.width} 34` }, s("text", { class: "dim", x: 62, y: 22, "text-anchor": "end" }, "time"), s("text", { class: "dim", x: 120, y: 22, "text-anchor": "end" }, "Δt"),
    spans.length ? s("text", { class: "dim", x: 132, y: 22 }, "state") : null,
    plan.parties.map(name => s("g", { class: `party${isSut(name) ? " sut" : ""}` }, s("rect", { x: plan.x.get(name) - 62, y: 5, width: 124, height: 25, rx: 6 }),
      s("text", { x: plan.x.get(name), y: 22, "text-anchor": "middle" }, clip(show(PARTY_NAMES[name] || name), 14), isSut(name) ? " · SUT" : ""))),
    s("text", { class: "dim", x: plan.width - 12, y: 22, "text-anchor": "end" }, "of limit"));
  const host = h("div", { class: "ladderhost" }, h("div", { class: "partieshost" }, head), svg);
  let range = "";
  host.paint = (all, force) => {
    const scroller = options.scroller, top = all ? 0 : scroller.scrollTop - host.offsetTop - 300, bottom = all ? plan.height : top + scroller.clientHeight + 600;
    const first = plan.places.findIndex(p => p.y >= top), lastShown = all ? Math.min(plan.places.length, 1500) : plan.places.length;
    let end = Math.max(first, 0);
    while (end < lastShown && plan.places[end].y <= bottom) end++;
    const key = `${first} ${end} ${options.selected}`;
    if (key === range && !force) return;
    range = key;
    const from = Math.max(first, 0), near = y => y >= top - 400 && y <= bottom + 400;
    layer.replaceChildren(
      ...spans.filter(b => b.bottom >= top && b.top <= bottom).map(b => s("g", { class: `band tint${b.tint}` }, s("rect", { x: 126, y: b.top, width: 5, height: Math.max(3, b.bottom - b.top), rx: 2 }),
        b.bottom - b.top > 12 ? s("text", { x: 136, y: Math.max(b.top, top) + 11 }, clip(b.name, 19)) : null, s("title", {}, `${show(b.name)}: ${ms(b.to - b.from)}`))),
      ...plan.folds.filter(f => near(f.y)).map(f => fold(plan, f)),
      ...plan.places.slice(from, end).map(p => drawRow(plan, p, marks.get(p.row.i) || [], options)),
      ...plan.places.slice(from, end).map(p => activation(plan, p)).filter(Boolean));
  };
  host.plan = plan;
  return host;
}

function fold(plan, f) {
  const left = plan.x.get(plan.parties[0]) ?? GUTTER, right = plan.width - RIGHT + 10;
  return s("g", { class: "fold" }, s("rect", { x: 0, y: f.y - 12, width: plan.width, height: 24 }),
    s("path", { d: `M${left - 20} ${f.y} ` + Array.from({ length: 12 }, (_, i) => `l${(right - left + 20) / 24} ${i % 2 ? 5 : -5} l${(right - left + 20) / 24} ${i % 2 ? -5 : 5}`).join(" ") }),
    s("rect", { class: "label", x: (left + right) / 2 - 72, y: f.y - 11, width: 144, height: 22, rx: 11 }), s("text", { x: (left + right) / 2, y: f.y + 4, "text-anchor": "middle" }, `⋯ ${ms(f.delta)} later ⋯`));
}

// On the lifeline of the one who answers: from the request to the answer, red from the limit on.
function activation(plan, place) {
  const { row } = place, asked = row.w !== undefined && plan.byEvent.get(row.a), x = plan.x.get(row.s);
  if (!asked || x === undefined) return null;
  const late = row.m && row.w > row.m, border = late ? yAt(plan, asked.row.t + row.m) : place.y;
  return s("g", { class: "activation" }, s("rect", { x: x - 4, y: asked.y, width: 8, height: Math.max(1, border - asked.y), rx: 2 }),
    late ? [s("rect", { class: "over", x: x - 4, y: border, width: 8, height: place.y - border }), s("line", { class: "limit", x1: x - 13, x2: x + 13, y1: border, y2: border }),
      s("text", { class: "limit", x: x + 17, y: border + 4 }, `limit ${ms(row.m)}`)] : null);
}

function drawRow(plan, place, findings, options) {
  const { row, y, delta } = place, thin = row.k !== "message" && !isBad(row), late = row.m && row.w > row.m;
  const doubt = !late && row.m && row.m - row.w < report.jitter || late && row.w - row.m < report.jitter;
  const classes = ["row", row.k, thin || row.l === "sdp" ? "thin" : "", late ? "late" : "", isBad(row) ? "bad" : "", row.i === options.selected ? "selected" : ""].join(" ");
  const from = plan.x.get(row.s), to = plan.x.get(row.d), left = GUTTER - 20, right = plan.width - RIGHT + 26, middle = (left + 20 + plan.width - RIGHT) / 2;
  const parts = [s("rect", { class: "hit", x: 0, y: y - place.room + 9, width: plan.width, height: place.room - 1, rx: 4 }),
    s("text", { class: "time", x: 62, y: y + 4, "text-anchor": "end" }, seconds(row.t)), s("text", { class: "delta", x: 120, y: y + 4, "text-anchor": "end" }, delta ? `+${delta < 60000 ? ms(delta) : `${(delta / 1000).toFixed(0)} s`}` : "")];
  const label = labelOf(row);
  if (row.k === "step") {
    parts.push(s("line", { class: "stepline", x1: GUTTER - 16, x2: plan.width - 8, y1: y - 1, y2: y - 1 }), s("text", { class: "steptext", x: GUTTER - 12, y: y - 6 }, clip(show(label), 110)));
    if (row.b && row.b.outcome === "failed") parts.push(s("text", { class: "FAIL", x: plan.width - 10, y: y - 6, "text-anchor": "end" }, "✘ failed"));
  } else if (ARROWS.has(row.k) && from !== undefined && to !== undefined && from !== to) {
    const way = to > from ? 1 : -1, mid = (from + to) / 2, tip = late || isBad(row) ? "tiplate" : thin || row.l === "sdp" ? "tipthin" : "tip";
    parts.push(s("path", { class: "arrow", d: `M${from + way * 5} ${y}H${to - way * 5}`, "marker-end": `url(#${tip})` }),
      s("text", { class: "label", x: mid, y: y - 5, "text-anchor": "middle" }, clip(show(label), Math.floor(Math.abs(to - from) / 7.2)), late ? s("tspan", { class: "over" }, `  +${ms(row.w)} > ${ms(row.m)}`) : null));
  } else {
    const at = from ?? to ?? middle;
    parts.push(s("circle", { class: "point", cx: at, cy: y, r: 3.5 }), s("text", { class: "label", x: at + (at === plan.width - RIGHT ? -10 : 10), y: y + 4, "text-anchor": at === plan.width - RIGHT ? "end" : "start" }, clip(show(label), 80)));
  }
  if (row.w !== undefined) {
    const share = row.m ? row.w / row.m : null;
    parts.push(s("text", { class: "latency", x: right + 52, y: y + 4, "text-anchor": "end" }, ms(row.w)));
    if (share !== null) parts.push(s("rect", { class: "track", x: right + 60, y: y - 3, width: 60, height: 6, rx: 3 }), s("rect", { class: doubt ? "used doubt" : "used", x: right + 60, y: y - 3, width: Math.max(1.5, Math.min(88, share * 60)), height: 6, rx: 3 }),
      s("line", { class: "tick", x1: right + 120, x2: right + 120, y1: y - 6, y2: y + 6 }), s("title", {}, `${ms(row.w)} is ${Math.round(share * 100)} % of the limit ${ms(row.m)} (${show(row.q || "")})${doubt ? "; within the tester's jitter" : ""}`));
  }
  const at = from ?? to ?? middle, side = to === undefined || to < from || !ARROWS.has(row.k) ? -1 : 1;
  findings.slice(0, 4).forEach((f, i) => parts.push(s("g", { class: `dot ${f.severity} ${f.whose}` }, s("circle", { cx: at + side * (22 + i * 17), cy: y, r: 7 }),
    s("text", { x: at + side * (22 + i * 17), y: y + 3.5, "text-anchor": "middle" }, f.whose === "tester" ? "!" : f.severity === "MUST" ? "✘" : f.severity === "SHOULD" ? "▲" : f.severity === "UNSURE" ? "?" : "i"), s("title", {}, `${f.severity} ${f.requirement}: ${show(f.text)}`))));
  return s("g", { class: classes, role: "listitem", "data-event": row.i }, parts);
}

const seconds = t => t >= 100000 ? `${(t / 1000).toFixed(1)} s` : `${(t / 1000).toFixed(3)} s`;

function labelOf(row) {
  const body = row.b && typeof row.b === "object" ? row.b : {};
  if (row["?"]) return `⚠ unknown kind “${row.k}”: ${row.n}`;
  switch (row.k) {
    case "undecodable": return `⚠ undecodable ${row.n}`;
    case "fault": return `⚠ ${body.text || row.n}`;
    case "oddity": return `▲ ${body.text || row.n}`;
    case "timer": return `◔ ${row.n} ${action(row)} ${body.seconds !== undefined ? `(${body.seconds} s)` : ""}`;
    case "power": return `⚡ ${row.n || ""} ${body.volts !== undefined ? `${body.volts} V ${body.amperes ?? "?"} A` : ""}`;
    case "stimulus": return `☛ ${row.n}`;
    case "bytes": return `${row.z || 0} bytes ${row.l || ""}`;
    case "open": case "close": return `${row.l || ""} ${row.n}${body.by ? ` by ${body.by}` : ""}`;
    case "frame": return `${row.l || ""} ${row.n}${body.code ? ` ${body.code}` : ""}`;
    case "handshake": if (row.l === "websocket") return `websocket ${row.n}${body.target ? ` ${body.target}` : ""}${body.status ? ` ${body.status} ${body.subprotocol || ""}` : ""}`; if (row.n === "Alert") return `TLS alert ${body.description ?? ""}`; return `${row.n === "failed" ? "✘ TLS failed" : row.n === "established" ? `TLS established${row.folded ? ` after ${plural(row.folded, "handshake message")}` : ""}` : row.n}`;
    case "check": return `${body.met ? "✔" : "✘"} ${row.n}`;
    case "unreadable": return `⚠ ${row.n}`;
    default: return `${row.n}${gist(row, body)}`;
  }
}

// What an engineer looks for first in a message of OCPP: its state, trigger or code, behind its name.
const GIST = [["errorCode"], ["eventType", "triggerReason"], ["connectorStatus"], ["status"], ["idTokenInfo", "status"], ["requestedMessage"], ["reason"], ["type"]];

function gist(row, body) {
  if (!/^ocpp/.test(row.l || "")) return "";
  const words = GIST.map(names => names[0] === "idTokenInfo" ? [(body.idTokenInfo || {}).status] : names.map(name => body[name])).find(found => found.every(value => typeof value === "string"));
  return words ? ` ${words.join(" ")}` : "";
}
