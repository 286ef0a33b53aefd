// The two long lists: test cases (sorted, filtered) and requirements (a tree).

let query = "", sortBy = "verdict", shown = [], closed = new Set();

function applyFilter() {
  shown = cases.filter(filterOf(query)).sort(COLUMNS[sortBy]);
}

function testsView() {
  applyFilter();
  const column = (key, label) => h("button", { class: sortBy === key ? "sorted" : "", onclick: () => { sortBy = sortBy === key ? "order" : key; render(); } }, label, sortBy === key ? " ↓" : "");
  const list = rows(shown.length, 44, i => {
    const c = shown[i];
    return h("a", { class: `row test${c.id === lastTest ? " selected" : ""}`, href: link(c) }, badge(c.verdict, overlayOf(c)),
      h("span", { class: "two" }, h("b", {}, c.id), h("small", {}, clip(c.feature || "", 60))),
      h("span", { class: "two" }, h("span", {}, clip(c.title || "", 160)), h("small", { class: c.verdict }, clip(c.reason || "", 220))),
      h("span", { class: "reqs" }, (c.requirements || []).slice(0, 2).map(r => h("code", { class: c.broken.includes(r) ? "broken" : "" }, clip(r, 16))), (c.requirements || []).length > 2 && `+${c.requirements.length - 2}`),
      shareBar(c), h("span", { class: "num" }, c.duration_s === undefined ? "" : ms(c.duration_s * 1000)),
      h("span", { class: "quiet" }, c.warnings ? `▲ ${c.warnings}` : ""));
  }, { class: "tests" });
  const node = h("div", { class: "wide" },
    h("div", { class: "row head test" }, column("verdict", "Verdict"), column("id", "Test case"), column("title", "What it checks, and what happened"),
      column("requirement", "Requirements"), column("slowest", "Slowest answer"), column("duration", "Duration"), h("span", {}, "")),
    list, h("p", { class: "quiet status" }, `${plural(shown.length, "test case")}${query ? ` of ${cases.length.toLocaleString("en")} match “${show(query)}”` : ""} · filter: fail req:V2G20-4* feature:*tls* late expected -text`));
  node.list = list;
  return node;
}

function shareBar(c) {
  if (c.share === undefined || c.share === null) return h("span", {});
  return h("span", { class: `share${c.late ? " late" : ""}`, title: `slowest answer: ${Math.round(c.share * 100)} % of its limit` },
    h("i", { style: `width:${Math.min(100, c.share * 66)}%` }), h("u", {}), h("em", {}, `${c.late ? "✘ " : ""}${Math.round(c.share * 100)} %`));
}

const sideList = c => {
  const list = rows(shown.length, 40, i => {
    const t = shown[i];
    return h("a", { class: `row side${t.id === c.id ? " selected" : ""}`, href: link(t) }, h("i", { class: `dot ${t.verdict}`, title: t.verdict }, (VERDICTS[t.verdict] || ["·"])[0]),
      h("span", { class: "two", title: t.id }, h("b", {}, clipStart(t.id, 32)), h("small", {}, clip(t.reason || t.title || "", 90))));
  }, { class: "sidelist" });
  return list;
};

// Requirements: document, clause, requirement, and below it its test cases when it is open.
const documentOf = id => (id.match(/^[A-Za-z0-9]+/) || ["other"])[0];
const OUTSIDE = "Not in the catalogue of the profile";

// The clause, where the source begins with one; else the hundred that the number of the id is in.
function clauseOf(r) {
  const clause = r.source.match(/^(?:[A-Z]\.?)?\d+(?:\.\d+)+/), numbered = r.id.match(/^(.*?)(\d+)$/);
  if (clause) return clause[0];
  if (!numbered) return r.id.replace(/[-.][^-.]*$/, "");
  const hundred = Math.floor(numbered[2] / 100) * 100;
  return `${numbered[1]}${hundred} to ${hundred + 99}`;
}

function requirementItems(openRequirement) {
  const accept = requirementFilter(query), groups = new Map();
  for (const r of report.requirements) {
    if (!accept(r)) continue;
    const top = r.outside ? OUTSIDE : documentOf(r.id), clause = clauseOf(r);
    if (!groups.has(top)) groups.set(top, new Map());
    if (!groups.get(top).has(clause)) groups.get(top).set(clause, []);
    groups.get(top).get(clause).push(r);
  }
  const order = (a, b) => (a === OUTSIDE) - (b === OUTSIDE) || a.localeCompare(b, "en", { numeric: true }), items = [];
  for (const top of [...groups.keys()].sort(order)) {
    const clauses = groups.get(top);
    items.push({ group: top, level: 0, of: [...clauses.values()].flat() });
    if (closed.has(top)) continue;
    for (const clause of [...clauses.keys()].sort(order)) {
      const key = `${top} ${clause}`;
      items.push({ group: key, label: clause, level: 1, of: clauses.get(clause) });
      if (closed.has(key)) continue;
      for (const r of clauses.get(clause).sort((a, b) => order(a.id, b.id))) {
        items.push({ requirement: r });
        if (r.id === openRequirement) for (const t of r.tests.slice(0, 500)) items.push({ test: cases[t], requirement: r });
      }
    }
  }
  return items;
}

function requirementFilter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return r => words.every(w => w in WORDS ? r.verdict === w.toUpperCase() || (w === "na" && r.verdict === "NOT_APPLICABLE")
    : w.startsWith("req:") ? glob(w.slice(4)).test(r.id) : `${r.id} ${r.text} ${r.state} ${r.severity} ${r.source}`.toLowerCase().includes(w));
}

function requirementsView(openRequirement) {
  const items = requirementItems(openRequirement);
  const list = rows(items.length, 36, i => {
    const { group, label, level, of, requirement: r, test } = items[i];
    if (group) {
      const votes = {};
      of.forEach(x => { const v = x.verdict || x.state; votes[v] = (votes[v] || 0) + 1; });
      return h("button", { class: `row group level${level}`, onclick: () => { closed.has(group) ? closed.delete(group) : closed.add(group); render(); } },
        h("span", {}, closed.has(group) ? "▸ " : "▾ ", level ? label : group), h("span", { class: "stack" }, Object.entries(votes).map(([v, n]) => h("span", { class: v.replace(" ", "_"), style: `flex:${n}`, title: `${n} ${v}` }))),
        h("span", { class: "quiet" }, Object.entries(votes).map(([v, n]) => `${n} ${(VERDICTS[v] || [0, v])[1]}`).join(", ")));
    }
    if (test) {
      return h("a", { class: "row leaf", href: link(test) }, badge(test.verdict, overlayOf(test)), h("b", {}, test.id), h("span", {}, clip(test.reason || test.title || "", 200)));
    }
    return h("a", { class: `row requirement${r.id === openRequirement ? " selected" : ""}`, href: r.id === openRequirement ? "#requirements" : `#req/${encodeURIComponent(r.id)}` },
      r.verdict ? badge(r.verdict) : h("span", { class: `badge ${r.state === "missed" ? "SHOULD" : "NONE"}` }, h("i", {}, r.state === "watched" ? "◉" : r.state === "missed" ? "▲" : "·"), r.state),
      h("b", {}, r.id), h("span", { class: `sev ${r.severity}` }, r.severity), h("span", { title: [r.text, r.source && `source: ${r.source}`].filter(Boolean).join("\n") }, clip(r.text, 180) || h("span", { class: "quiet" }, "text not in the catalogue")),
      h("span", { class: "quiet", title: r.reason }, r.state === "tested" ? [plural(r.tests.length, "test case"), ": ", Object.entries(r.votes).map(([v, n]) => h("span", { class: v }, `${(VERDICTS[v] || ["·"])[0]} ${n} `)), r.warned ? h("span", { class: "SHOULD" }, `▲ ${r.warned}`) : ""] : clip(`${r.state}${r.reason ? `: ${r.reason}` : ""}`, 120)));
  }, { class: "requirements" });
  const node = h("div", { class: "wide" }, h("div", { class: "row head requirement" }, ["Verdict", "Requirement", "", "What it asks for", "Coverage"].map(t => h("span", {}, t))), list,
    h("p", { class: "quiet status" }, `${plural(report.requirements.length, "requirement")}. A requirement fails when one finding names it; a test case that failed for another requirement leaves it open.`));
  node.list = list;
  node.reveal = items.findIndex(item => item.requirement && item.requirement.id === openRequirement && !item.test);
  return node;
}
