// ui://tagwright/plan: what a plan would change, and the way to the page where a person decides.
// Nothing is decided here: an app runs where a model's host runs.

function value(text) {
  if (text === null || text === undefined) return el("em", {}, "absent");
  return text === "" ? el("em", {}, "empty") : el("bdi", { class: "value" }, text);
}

function counted(count, one) {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

// Times are UTC.
function moment(text) {
  return clean(text).replace(/^([\d-]+)T(\d\d:\d\d).*\+00:00$/, "$1 $2 UTC");
}

function changes(result) {
  const found = new Map();
  for (const row of result.rows) found.set(row.resource_id, [...(found.get(row.resource_id) || []), row]);
  return [...found].map(([resource, rows]) => el("section", {},
    el("h2", {}, el("bdi", {}, resource)),
    rows.map((row) => el("div", { class: "change" },
      el("p", { class: "top" }, el("strong", {}, el("bdi", {}, row.key)),
        row.state && row.state !== "pending" ? el("span", { class: `state ${clean(row.state)}` }, row.state) : null),
      el("dl", {}, el("dt", {}, "before"), el("dd", {}, value(row.before)), el("dt", {}, "after"), el("dd", {}, value(row.after)),
        row.effective_cost ? [el("dt", {}, "costs"), el("dd", {}, `${exact(row.effective_cost)} ${clean(row.currency)}`)] : null,
        el("dt", {}, "why"), el("dd", {}, row.evidence ? `${clean(row.evidence)} (${row.confidence}% sure)` : `${row.confidence}% sure`)),
      row.detail ? el("p", { class: "soft" }, row.detail) : null))));
}

function way(plan) {
  if (!plan.approve) return null; // it waits for nobody
  const url = plan.approve.page;
  if (!url) {
    return el("p", {}, "A person decides at a terminal: ", el("code", {}, `tagwright approve ${plan.id}`));
  }
  const said = el("p", { class: "soft", role: "status" });
  const open = () => {
    ask("ui/open-link", { url }).then((answer) => {
      said.replaceChildren(answer.isError ? "The host did not open it. The address is above." : "Asked the host to open it.");
    }, (error) => said.replaceChildren(`The host did not open it (${error.message}). The address is above.`));
  };
  return el("div", {}, el("p", {}, el("code", {}, url)),
    host.openLinks ? el("button", { class: "main", onclick: open }, "Open the approver's page") : null, said);
}

function approvers(plan) {
  if (plan.one_person) return "who runs Tagwright (there is no people.yaml)";
  if (!plan.approve) return "nobody any more";
  const { by, others } = plan.approve;
  if (!by.length) return "nobody: see people.yaml";
  return [by.map((who, index) => [index ? ", " : "", el("bdi", {}, who)]), others ? ` and ${others} more` : ""];
}

function plans(result) {
  return el("section", {}, result.rows.length ? result.rows.map((row) => el("div", { class: "change" },
    el("p", { class: "top" }, el("code", {}, row.plan), el("span", { class: `state ${clean(row.state)}` }, row.state)),
    el("p", { class: "soft" }, `${counted(row.changes, "change")}, asked for by `, el("bdi", {}, row.proposed_by),
      row.decided_by ? [", decided by ", el("bdi", {}, row.decided_by)] : null, `, ${moment(row.created_at)}`))) : el("p", {}, "No plans."));
}

function review(result, plan) {
  const fact = (name, ...inside) => [el("dt", {}, name), el("dd", {}, ...inside)];
  const state = plan.state || "proposed";
  const decision = plan.decision;
  return [
    el("p", { class: "top" }, el("span", { class: "soft" }, "Plan ", el("code", {}, plan.id)), el("span", { class: `state ${clean(state)}` }, state)),
    el("h1", {}, plan.reason || "Tag fixes"),
    el("dl", { class: "facts" },
      fact("Changes", `${counted(plan.changes, "tag")} on ${counted(plan.resources, "resource")}`),
      plan.amounts.map((one) => fact("Resources cost", `${exact(one.effective_cost)} ${clean(one.currency)} (effective cost)`)),
      fact("Asked for by", el("bdi", {}, plan.proposed_by)),
      fact("Who may approve", approvers(plan)),
      fact("Expires", moment(plan.expires_at)),
      decision ? fact("Decision", `${clean(decision.decision)} by `, el("bdi", {}, decision.by), `, ${moment(decision.at)}`) : null,
      fact("Digest", el("code", {}, plan.digest))),
    way(plan),
    changes(result),
  ];
}

start("tagwright-plan", (result) => {
  const plan = result.details?.plan;
  const listed = result.rows.length === 0 || "plan" in result.rows[0];
  page.replaceChildren(...[plan ? review(result, plan) : listed ? plans(result) : changes(result), foot(result)].flat(Infinity).filter(Boolean));
});
