"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const form = get("filter"), count = get("count"), none = get("none");
  const fields = { theme: get("f-theme"), stage: get("f-stage"), where: get("f-where"), text: get("f-text"), uncertain: get("f-uncertain") };
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const reports = [...document.querySelectorAll(".report")].map((node) => ({
    node,
    parts: [...node.querySelectorAll(".part")].map((part) => ({
      node: part,
      items: [...part.querySelectorAll(".item")].map((item) => ({
        node: item,
        themes: item.dataset.themes.split(" ").filter(Boolean),
        stage: item.dataset.stage,
        uncertain: "uncertain" in item.dataset,
        text: plain(item.querySelector(".text").textContent),
      })),
    })),
  }));

  const within = (report, where) => {
    const kind = where.slice(0, 2), value = where.slice(2), data = report.node.dataset;
    return !where || (kind === "d:" && data.number === value) || (kind === "p:" && data.place === value) || (kind === "y:" && data.year === value);
  };

  function apply() {
    const theme = fields.theme.value, stage = fields.stage.value, words = plain(fields.text.value).split(" ").filter(Boolean);
    let shown = 0;
    for (const report of reports) {
      const here = within(report, fields.where.value);
      let inReport = 0;
      for (const part of report.parts) {
        let inPart = 0;
        for (const item of part.items) {
          const fits = here
            && (!theme || (theme === "-" ? item.themes.length === 0 : item.themes.includes(theme)))
            && (!stage || item.stage === stage)
            && (!fields.uncertain.checked || item.uncertain)
            && words.every((word) => item.text.includes(word));
          item.node.hidden = !fits;
          inPart += fits;
        }
        part.node.hidden = inPart === 0;
        inReport += inPart;
      }
      report.node.hidden = inReport === 0;
      shown += inReport;
    }
    count.textContent = `${shown} ${count.dataset.words}`;
    none.hidden = shown > 0;
  }

  // A link to an item must show it, whatever is filtered out.
  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    if (target && target.classList.contains("item")) target.scrollIntoView({ block: "center" });
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, event.target === fields.text ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply, 0));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-theme]");
    if (!button) return;
    form.reset();
    fields.theme.value = button.dataset.theme;
    fields.where.value = button.dataset.where || "";
    apply();
    get("h-items").scrollIntoView();
    get("h-items").focus({ preventScroll: true });
  });
  // Paper can't be unfolded.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    unfolded.forEach((node) => { node.open = true; });
  });
  window.addEventListener("afterprint", () => unfolded.forEach((node) => { node.open = false; }));
  window.addEventListener("hashchange", follow);
  apply();
  follow();
})();
