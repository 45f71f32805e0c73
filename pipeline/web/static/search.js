// The corpus: words, filters, facets, newest first, the next page on demand.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { mentionCard } from "./issue.js";
import { SEVERITIES, toggled } from "./state.js";
import { names, word } from "./words.js";

export class SearchPage {
  constructor({ go }) {
    this.go = go;
    this.field = h("input", { type: "search", id: "q", placeholder: "搜全部信息：如 停水 翠湖路（空格表示同时出现）", "aria-label": "检索词" });
    this.since = h("input", { type: "date", "aria-label": "起始日期" });
    this.until = h("input", { type: "date", "aria-label": "截止日期" });
    this.filters = h("div", { class: "filters" });
    this.summary = h("p", { class: "hint", role: "status" });
    this.hits = h("ol", { class: "members hits" });
    this.more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#load(this.cursor) }, "下一页");
    this.root = h("section", { class: "search" },
      h("form", { class: "search-form", role: "search", onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
        this.field,
        h("label", { class: "dates" }, "从", this.since), h("label", { class: "dates" }, "到", this.until),
        h("button", { class: "primary" }, "检索")),
      this.filters, this.summary, this.hits, this.more);
  }

  #submit() {
    this.go({ q: this.field.value.trim(), since: this.since.value, until: this.until.value });
  }

  show(state) {
    this.state = state;
    if (document.activeElement !== this.field) this.field.value = state.q;
    this.since.value = state.since;
    this.until.value = state.until;
    return this.#load("");
  }

  #path(cursor) {
    const query = new URLSearchParams({ q: this.state.q, limit: "30", cursor });
    for (const name of ["severity", "category", "channel"]) for (const value of this.state[name]) query.append(name, value);
    if (this.state.since) query.set("since", this.state.since);
    if (this.state.until) query.set("until", nextDay(this.state.until));
    if (this.state.place) query.set("place", this.state.place);
    return `/api/v1/search?${query}`;
  }

  async #load(cursor) {
    const asked = this.#path(cursor);
    this.asked = asked;
    let answer;
    try {
      answer = await get(asked);
    } catch (error) {
      this.summary.textContent = error.message;
      return;
    }
    if (this.asked !== asked) return;
    this.cursor = answer.cursor;
    this.more.hidden = !answer.cursor;
    const cards = answer.hits.map((hit) => mentionCard(hit.mention, { highlights: this.state.q ? hit.highlights : null }));
    if (cursor) {
      this.hits.append(...cards);
      return;
    }
    fill(this.hits, cards);
    this.summary.textContent = answer.hits.length ? `共 ${answer.facets.total} 条，最新的在前` : "没有找到。检索按原文逐字匹配，可减少字数或去掉筛选再试。";
    this.#drawFilters(answer.facets);
  }

  #drawFilters(facets) {
    const chip = (set, name, count) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(this.state[set].includes(name)),
      onclick: () => this.go({ [set]: toggled(this.state[set], name) }),
    }, word(set, name), h("small", {}, String(count ?? 0)));
    const shown = (set, order, counts) => order.filter((name) => counts[name] || this.state[set].includes(name)).map((name) => chip(set, name, counts[name]));
    fill(this.filters,
      h("div", { class: "group", role: "group", "aria-label": "等级" }, shown("severity", SEVERITIES, facets.severities)),
      h("div", { class: "group", role: "group", "aria-label": "类别" }, shown("category", names("category"), facets.categories)),
      h("div", { class: "group", role: "group", "aria-label": "渠道" }, shown("channel", names("channel"), facets.channels)));
  }
}

function nextDay(day) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}
