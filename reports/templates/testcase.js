// One test case: verdict and reason, expected and observed, steps, findings, ladder.

let everything = false;

async function testcaseView(c, event) {
  const parts = await partsOf(c), scroller = h("div", { class: "detail", tabindex: -1 });
  const [, , meaning] = VERDICTS[c.verdict] || ["", "", ""], side = sideList(c);
  const host = h("div", { class: "split" }, side, scroller);
  host.list = side;
  host.reveal = shown.indexOf(c);
  const jump = ids => ids.slice(0, 6).map(id => h("a", { class: "event", href: link(c, id) }, `#${id}`));
  scroller.append(h("section", { class: `verdict ${c.verdict}` },
      h("div", { class: "head" }, badge(c.verdict, overlayOf(c)), h("h1", {}, c.id), copyButton("copy link", () => location.href.split("#")[0] + link(c))),
      h("p", { class: "titleline" }, c.title || ""),
      h("p", { class: "reason" }, clip(c.reason || (c.verdict === "PASS" ? `Every mandatory check was met${c.warnings ? `, with ${plural(c.warnings, "warning")}` : ""}.` : meaning), 1200)),
      c.expected && h("p", { class: "notice warn" }, h("b", {}, c.overlay === "stale" ? "Stale declaration. " : "Declared. "), c.overlay === "stale" ? "It was declared to fail, but passes: " : "", c.expected.reason, " ",
        /^https?:\/\//i.test(c.expected.link || "") ? h("a", { href: c.expected.link, rel: "noopener noreferrer", target: "_blank" }, c.expected.link) : h("span", { class: "quiet" }, c.expected.link || "")),
      h("p", { class: "quiet" }, [c.feature, c.pics && `PICS ${c.pics}`, c.duration_s !== undefined && ms(c.duration_s * 1000), c.started && c.started.slice(0, 19).replace("T", " "), `${c.messages} messages`].filter(Boolean).join("  ·  ")),
      h("p", { class: "chips" }, (c.requirements || []).map(r => h("a", { class: `req${c.broken.includes(r) ? " broken" : ""}`, href: `#req/${encodeURIComponent(r)}`, title: (requirementById.get(r) || {}).text }, c.broken.includes(r) ? "✘ " : "", r)))),
    problemBox(parts.problems) || "",
    observations(parts, jump) || "", h("div", { class: "twin" }, findingsOf(parts, jump), stepsOf(parts, c)));
  const header = h("div", { class: "ladderbar" }, h("h2", {}, "What happened"),
    h("label", {}, h("input", { type: "checkbox", checked: everything, onchange: e => { everything = e.target.checked; render(); } }), " everything (bytes, timers, states, checks)"),
    h("span", { class: "quiet" }, "n p: next, previous message"));
  scroller.append(header);
  const options = { scroller, everything, selected: event, width: 0 };
  let drawing = h("div", {});
  scroller.append(drawing, evidenceOf(c));
  scroller.addEventListener("scroll", () => drawing.paint && drawing.paint());
  scroller.addEventListener("click", e => { const g = e.target.closest("g[data-event]"); if (g) go(link(c, g.getAttribute("data-event"))); });
  host.paint = all => drawing.paint && drawing.paint(all, true);
  host.choose = id => {
    const row = parts.rows.find(r => r.i === id), old = host.querySelector(".inspector");
    options.selected = id;
    if (old) old.remove();
    host.classList.toggle("open", Boolean(row));
    if (row) host.append(inspector(c, parts, row, () => go(link(c))));
    if (options.width !== scroller.clientWidth - 44 || (row && !drawing.plan.byEvent.has(id))) {  // the panel takes or gives back room
      options.width = scroller.clientWidth - 44;
      const fresh = ladder(c, parts, options);
      drawing.replaceWith(fresh);
      drawing = fresh;
    }
    const at = row && drawing.plan && drawing.plan.byEvent.get(id), y = at ? drawing.offsetTop + 34 + at.y : 0;
    if (at && (y < scroller.scrollTop + 90 || y > scroller.scrollTop + scroller.clientHeight - 60)) scroller.scrollTop = y - scroller.clientHeight / 2;
    host.paint(false);
  };
  host.step = way => {
    if (!drawing.plan) return;
    const messages = drawing.plan.places.map(p => p.row).filter(r => r.k === "message" || isBad(r) || r.i === options.selected);
    const at = messages.findIndex(r => r.i === options.selected), next = messages[at < 0 ? 0 : at + way];
    if (next) go(link(c, next.i));
  };
  host.after = () => host.choose(event);
  host.parts = parts;
  return host;
}

function observations(parts, jump) {
  if (!parts.expected_observed.length) return null;
  const sorted = [...parts.expected_observed].sort((a, b) => a.met - b.met);
  return h("section", { class: "observed" }, h("div", { class: "obs head" }, h("span", {}), h("span", {}, "Expected"), h("span", {}, "Observed")),
    sorted.map(o => h("div", { class: `obs ${o.met ? "met" : "unmet"}` }, h("span", { class: `tick ${o.met ? "PASS" : "FAIL"}`, title: o.met ? "met" : "not met" }, o.met ? "✔" : "✘"), h("span", {}, o.expected), h("span", {}, o.observed, " ", jump(o.events)))));
}

function findingsOf(parts, jump) {
  if (!parts.findings.length) return null;
  const icon = f => f.whose === "tester" ? ["!", "ERROR"] : f.severity === "MUST" ? ["✘", "FAIL"] : f.severity === "SHOULD" ? ["▲", "SHOULD"] : f.severity === "UNSURE" ? ["?", "INCONCLUSIVE"] : ["i", "NOT_APPLICABLE"];
  return h("section", {}, h("h2", {}, "Findings"), parts.findings.map(f => h("p", { class: "finding" }, h("b", { class: icon(f)[1] }, icon(f)[0], " ", f.severity, " "),
    f.requirement && h("a", { class: "req", href: `#req/${encodeURIComponent(f.requirement)}` }, f.requirement), f.whose === "tester" && h("b", { class: "ERROR" }, " tester's own "), " ", clip(f.text, 600), " ", jump(f.events))));
}

function stepsOf(parts, c) {
  if (!parts.steps.length) return null;
  const icons = table({ passed: ["✔", "PASS"], failed: ["✘", "FAIL"], error: ["!", "ERROR"], inconclusive: ["?", "INCONCLUSIVE"], started: ["…", "NOT_RUN"] });
  return h("section", {}, h("h2", {}, "Steps"), h("ol", { class: "steps" }, parts.steps.map(step => {
    const [icon, kind] = icons[step.outcome] || ["○", "NOT_RUN"], [word, ...rest] = step.text.split(" ");
    return h("li", { class: kind === "PASS" ? "" : "open" }, h("span", { class: `tick ${kind}`, title: step.outcome || "not run" }, icon), h("a", { href: step.event ? link(c, step.event) : null }, h("b", {}, word), ` ${rest.join(" ")}`),
      step.reason && h("small", { class: kind }, clip(step.reason, 400)));
  })));
}

function evidenceOf(c) {
  const folder = (c.trace || "").split("/").slice(0, -1).join("/"), listed = new Map(report.files.map(f => [f[0], f]));
  if (!folder) return h("p", { class: "quiet" }, "No files: this test case was not run.");
  const argv = (report.manifest.argv || []).map(String), kept = argv.filter((word, i) => word !== "--testcase" && argv[i - 1] !== "--testcase" && !word.startsWith("--testcase="));
  return h("section", { class: "evidence" }, h("h2", {}, "Evidence"),
    h("p", { class: "chips" }, ["trace.jsonl", "capture.pcapng", "keys.log"].map(name => {
      const path = `${folder}/${name}`, file = listed.get(path), there = file && file[3] !== "missing";
      return there ? h("a", { href: fileLink(path), title: `SHA-256 ${file[2]}` }, `${name} (${bytes(file[1])})`) : h("span", { class: "quiet" }, `${name}: missing`);
    })),
    kept.length ? command("Run this test case again", [...kept.map(shell), "--testcase", shell(c.testcase)].join(" ")) : null,
    command("Open in Wireshark, decrypted", `wireshark -o tls.keylog_file:${shell(`${report.run}/${folder}/keys.log`)} ${shell(`${report.run}/${folder}/capture.pcapng`)}`));
}
