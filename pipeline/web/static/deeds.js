// What may be done with a matter now, as buttons: the server says which, by state and role, and what must be said.

import { ApiError, post } from "./api.js";
import { fill, h } from "./dom.js";

const MOMENT = "occurred_at";

export class Deeds {
  constructor({ acted }) {
    this.acted = acted;
    this.field = h("textarea", { rows: "1", placeholder: "备注或理由，随操作一并留痕", "aria-label": "备注或理由" });
    this.asked = h("form", { class: "asked", hidden: true });
    this.said = h("p", { class: "said", role: "status" });
  }

  // Draws the buttons; a text that was being written stays.
  draw(issue) {
    this.id = issue.alert.id;
    this.issue = issue;
    this.asked.hidden = true;
    const of = (kind) => issue.deeds.find((deed) => deed.kind === kind);
    const first = of("acknowledge");
    this.acknowledge = first ? () => this.#act(first) : null;
    if (!issue.deeds.length) return null;
    const rest = issue.deeds.filter((deed) => deed.kind !== "acknowledge");
    return h("section", { class: "actions" },
      h("button", { type: "button", class: "primary", disabled: !first, onclick: () => this.#act(first) }, first ? "签收" : "已签收"),
      this.field,
      h("div", { class: "deeds", role: "group", "aria-label": "办理" }, rest.map((deed) => h("button", {
        type: "button", title: `依据：${deed.clause}`, data: { deed: deed.kind }, onclick: () => this.#choose(deed),
      }, deed.kind === "note" ? "记备注" : deed.name))),
      this.asked, this.said);
  }

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
  }

  #choose(deed) {
    if (deed.needs_note && !this.field.value.trim()) {
      this.said.textContent = `${deed.name}须先写明理由或内容`;
      this.field.focus();
      return;
    }
    if (!deed.argument) {
      this.#act(deed);
      return;
    }
    const input = this.#input(deed);
    this.asked.hidden = false;
    this.asked.onsubmit = (event) => {
      event.preventDefault();
      const value = deed.argument === MOMENT ? `${input.value}:00+08:00` : input.value.trim();
      this.#act(deed, { [deed.argument]: value });
    };
    fill(this.asked, h("label", {}, `${deed.asks} `, input), h("button", { class: "primary" }, deed.name));
    input.focus();
  }

  #input(deed) {
    const choices = Object.entries(deed.choices);
    if (choices.length) return h("select", { required: true }, choices.map(([value, text]) => h("option", { value }, text)));
    if (deed.argument === MOMENT) return h("input", { type: "datetime-local", required: true });
    const units = this.issue.responsibility?.responsible ?? [];
    return h("input", { type: "text", required: true, value: deed.argument === "to" ? units[0] ?? "" : "" });
  }

  async #act(deed, given = {}) {
    try {
      const answer = await post(`/api/v1/issues/${encodeURIComponent(this.id)}/actions`, {
        kind: deed.kind, note: this.field.value.trim(), arguments: given, key: crypto.randomUUID(),
      });
      this.said.textContent = answer.message;
      if (answer.done) this.field.value = "";
      this.acted(answer.alert, answer.done);
    } catch (error) {
      this.said.textContent = error instanceof ApiError ? error.message : "操作未成功";
    }
  }
}
