// Navigation: the fragment says what is shown, so every state can be cited. Keyboard, theme, print.

const VIEWS = table({ answer: ["Answer", answerView], requirements: ["Requirements", requirementsView], tests: ["Test cases", testsView], timing: ["Timing", timingView], tls: ["TLS", tlsView], evidence: ["Evidence", evidenceView] });
let current = null, where = { view: "answer" }, lastTest = "", token = 0;

function whereTo() {
  let hash = location.hash.slice(1);
  const [name, search] = hash.split("?");
  if (search !== undefined) { try { query = decodeURIComponent(search); } catch { query = search; } }
  if (!hash || VIEWS[name]) return { view: name || "answer" };
  try { hash = decodeURIComponent(hash); } catch { /* taken as it is */ }
  if (hash.startsWith("req/")) return { view: "requirements", requirement: hash.slice(4) };
  const [, id, event] = hash.match(/^(.*?)(?:\/m(-?\d+))?$/s);
  return byId.has(id) ? { view: "test", test: byId.get(id), event: event ? Number(event) : undefined } : { view: "tests", unknown: id };
}

function go(hash, replace) {
  if (replace) { history.replaceState(null, "", hash); render(); } else if (location.hash !== hash) location.hash = hash;
}

async function render() {
  const next = whereTo(), mine = ++token, box = document.getElementById("filter");
  if (box && document.activeElement !== box) box.value = query;
  document.querySelectorAll("#bar nav a").forEach(a => { a.setAttribute("aria-current", a.dataset.view === (next.view === "test" ? "tests" : next.view) ? "page" : "false"); });
  if (next.view === "test" && where.view === "test" && current && current.choose && next.test === where.test && current.everything === everything) {
    where = next;
    current.choose(next.event);
    return;
  }
  where = next;
  let node;
  if (next.view === "test") {
    if (!shown.includes(next.test)) { applyFilter(); if (!shown.includes(next.test)) { query = ""; applyFilter(); if (box) box.value = ""; } }
    lastTest = next.test.id;
    node = await testcaseView(next.test, next.event);
    if (mine !== token) return;
  } else if (next.view === "requirements") node = requirementsView(next.requirement);
  else node = VIEWS[next.view][1]();
  if (next.unknown) node.prepend(h("p", { class: "notice warn" }, `This run has no test case “${show(next.unknown)}”.`));
  current = node;
  current.everything = everything;
  document.getElementById("view").replaceChildren(node);
  node.querySelectorAll(".rows").forEach(list => list.paint(false, true));
  if (node.after) node.after();
  const index = next.view === "tests" ? shown.findIndex(c => c.id === lastTest) : node.reveal;
  if (node.list && index > -1) node.list.reveal(index);
  document.title = next.view === "test" ? `${next.test.verdict} ${next.test.id}` : `${VIEWS[next.view][0]} · ${report.sut.name || report.run}`;
}

function move(way) {
  if (where.view !== "tests" && where.view !== "test") { go("#tests"); return; }
  const at = shown.findIndex(c => c.id === lastTest), next = shown[Math.min(shown.length - 1, Math.max(0, at + way))];
  if (!next) return;
  lastTest = next.id;
  if (where.view === "test") go(link(next)); else current.list.reveal(shown.indexOf(next));
}

function open() {
  if (where.view === "tests") { const c = shown.find(t => t.id === lastTest) || shown[0]; if (c) go(link(c)); return; }
  if (where.view !== "test" || !current.parts) return;
  const ids = [...current.parts.findings, ...current.parts.expected_observed.filter(o => !o.met)].flatMap(f => f.events);
  if (ids.length) go(link(where.test, ids[ids.length - 1])); else current.step(1);
}

const KEYS = table({
  j: () => move(1), k: () => move(-1), n: () => current.step && current.step(1), p: () => current.step && current.step(-1), Enter: open,
  Escape: () => { if (where.view === "test") go(where.event === undefined ? `#tests${query ? `?${encodeURIComponent(query)}` : ""}` : link(where.test)); },
  "/": () => { document.getElementById("filter").focus(); document.getElementById("filter").select(); },
});

function bar() {
  const theme = h("button", { class: "small", title: "light or dark", onclick: () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark") && (document.documentElement.dataset.theme || matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark && document.documentElement.dataset.theme !== "light" ? "light" : "dark";
  } }, "◐");
  const [icon, word] = VERDICTS[report.tone] || ["○", ""];
  document.getElementById("bar").append(
    h("a", { class: "name", href: "#answer", title: report.sentence }, h("span", { class: `badge ${report.tone}` }, h("i", {}, icon), report.interrupted ? "interrupted" : word), h("b", {}, clip(report.sut.name || "Run", 40)), h("span", { class: "quiet" }, clip(report.profile.id || report.run, 40))),
    h("nav", { "aria-label": "Views" }, Object.entries(VIEWS).map(([key, [label]]) => h("a", { href: `#${key}`, "data-view": key }, label))),
    h("input", { id: "filter", type: "search", placeholder: "filter: fail req:V2G20-4* text  ( / )", "aria-label": "Filter", spellcheck: "false", oninput: e => {
      query = e.target.value;
      go(`#${where.view === "requirements" ? "requirements" : "tests"}?${encodeURIComponent(query)}`, true);
    }, onkeydown: e => { if (e.key === "Escape" || e.key === "Enter") e.target.blur(); } }), theme);
  const tester = report.manifest.tester || {};
  document.getElementById("foot").append(h("span", {}, `v2xconform ${typeof tester.version === "string" ? tester.version : ""} · ${report.run} · written ${report.written.slice(0, 16).replace("T", " ")} UTC`),
    h("span", {}, [["/", "filter"], ["j k", "test cases"], ["enter", "open, then first finding"], ["n p", "messages"], ["esc", "back"]].map(([key, what]) => [h("kbd", {}, key), ` ${what}  `])));
}

async function start() {
  const view = document.getElementById("view");
  if (typeof DecompressionStream === "undefined") {
    view.append(h("p", { class: "plain" }, "This browser is too old to open the test cases (it lacks DecompressionStream: Chrome 80, Firefox 113, Safari 16.4)."));
    return;
  }
  try { await loadIndex(); } catch (error) {
    view.append(h("p", { class: "plain" }, `The file is damaged, it may have been cut off while it was copied: ${error.message}`));
    return;
  }
  bar();
  addEventListener("hashchange", render);
  addEventListener("keydown", e => {
    if (e.target.closest("input, textarea") || e.ctrlKey || e.metaKey || e.altKey || !KEYS[e.key]) return;
    if (e.key === "Enter" && e.target.closest("a, button, summary")) return;
    e.preventDefault();
    KEYS[e.key]();
  });
  addEventListener("resize", () => { if (where.view === "test") render(); });
  addEventListener("beforeprint", () => { document.querySelectorAll(".rows").forEach(list => list.paint(true, true)); if (current.paint) current.paint(true); });
  await render();
  document.documentElement.dataset.ready = Math.round(performance.now());
}
start();
