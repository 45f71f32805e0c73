// The live list: tiers and their counts, filters, one line a matter.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { SEVERITIES, toggled } from "./state.js";
import { agoText, categoriesText, countText, names, spanText, tierText, timeText, word } from "./words.js";

const PAGE = 200;

// An event that is no alert tells the matter alone; why and when it rang stay as they were.
function rang({ revision, reason, raised_at, published_at, seconds_to_alert, evidence, detail }) {
  return { revision, reason, raised_at, published_at, seconds_to_alert, evidence, detail };
}

export class AlertList {
  // `go(change)` changes the address; `open(id)` opens a matter.
  constructor({ go, open }) {
    Object.assign(this, { go, open });
    this.known = new Map();
    this.fresh = new Set(); // arrived while the page was open and not yet looked at
    this.cursor = "";
    this.selected = "";
    this.root = h("section", { class: "alerts", "aria-label": "预警列表" });
    this.tiers = h("div", { class: "tiers", role: "group", "aria-label": "按等级筛选" });
    this.filters = h("div", { class: "filters" });
    this.list = h("ol", { class: "list", role: "listbox", "aria-label": "预警", tabindex: "0" });
    this.more = h("button", { type: "button", class: "more", onclick: () => this.loadMore() }, "更早的");
    this.attention = h("p", { class: "attention", role: "note", hidden: true });
    this.root.append(this.attention, this.tiers, this.filters, this.list, this.more);
  }

  // Loads the list anew; returns the number from which the stream goes on.
  async load(state) {
    this.scope = state.alerted;
    const answer = await get(this.#path(""));
    this.known = new Map(answer.alerts.map((alert) => [alert.id, alert]));
    this.cursor = answer.cursor;
    this.attention.hidden = !answer.attention;
    this.attention.textContent = `敏感时间节点：${answer.attention}。单一来源的预警也即时发送`;
    return answer;
  }

  async loadMore() {
    const answer = await get(this.#path(this.cursor));
    for (const alert of answer.alerts) if (!this.known.has(alert.id)) this.known.set(alert.id, alert);
    this.cursor = answer.cursor;
    this.draw(this.state);
  }

  #path(cursor) {
    const scope = this.scope === "listed" ? "&alerted=false" : "";
    return `/api/v1/alerts?limit=${PAGE}${scope}&cursor=${encodeURIComponent(cursor)}`;
  }

  // Takes an event of the stream: a new line, or an old one rewritten in place. Returns what changed, for the reader.
  take(alert) {
    if (this.scope === "listed") return "";
    const before = this.known.get(alert.id);
    this.known.set(alert.id, before && !alert.revision ? { ...alert, ...rang(before) } : alert);
    if (!before) {
      this.fresh.add(alert.id);
      return "new";
    }
    if (alert.revision > before.revision) {
      this.fresh.add(alert.id);
      return alert.severity === before.severity ? "rewritten" : "tier";
    }
    return "";
  }

  matches(alert, state) {
    const some = (wanted, have) => !wanted.length || wanted.some((value) => have.includes(value));
    return some(state.severity, [alert.severity ?? ""]) && some(state.category, alert.categories)
      && some(state.channel, alert.channels) && (!state.place || alert.regions.some((place) => place.includes(state.place)))
      && (!state.state || (state.state === "new") === (alert.state === "new"));
  }

  shown(state) {
    const when = (alert) => Date.parse(alert.raised_at ?? alert.last_seen);
    return [...this.known.values()].filter((alert) => this.matches(alert, state)).sort((a, b) => when(b) - when(a));
  }

  draw(state) {
    this.state = state;
    this.#drawTiers(state);
    this.#drawFilters(state);
    const shown = this.shown(state);
    this.ids = shown.map((alert) => alert.id);
    if (!this.ids.includes(this.selected)) this.selected = "";
    fill(this.list, shown.map((alert) => this.#line(alert, state)));
    if (!shown.length) this.list.append(this.#empty(state));
    this.more.hidden = !this.cursor;
  }

  get waiting() {
    return [...this.known.values()].filter((alert) => alert.state === "new" && alert.revision > 0).length;
  }

  #empty(state) {
    const filtered = state.severity.length || state.category.length || state.channel.length || state.place || state.state;
    const text = filtered && this.known.size ? "没有符合筛选条件的预警。"
      : this.scope === "listed" ? "没有未达预警线的事项。"
        : "目前没有预警。达到“复杂敏感事件”、多渠道印证的“社会热点”或上级交办时，会立即出现在这里；其余事项在“仅列表”中。";
    return h("li", { class: "empty" }, h("p", {}, text),
      filtered ? h("button", { type: "button", onclick: () => this.go({ severity: [], category: [], channel: [], place: "", state: "" }) }, "清除筛选") : null);
  }

  #drawTiers(state) {
    const all = [...this.known.values()];
    fill(this.tiers, SEVERITIES.map((name) => {
      const of = all.filter((alert) => alert.severity === name);
      const waiting = of.filter((alert) => alert.state === "new").length;
      return h("button", {
        type: "button", class: `tier ${name}`, "aria-pressed": String(state.severity.includes(name)),
        onclick: () => this.go({ severity: toggled(state.severity, name) }),
      }, h("span", { class: "tier-name" }, word("severity", name)),
      h("span", { class: "tier-count" }, String(of.length)),
      h("span", { class: "tier-new" }, waiting ? `${waiting} 未签收` : "全部已签收"));
    }));
  }

  #drawFilters(state) {
    if (this.filters.contains(document.activeElement) && document.activeElement.type === "search") return;
    const chips = (set, wanted) => names(set).map((name) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(wanted.includes(name)),
      onclick: () => this.go({ [set]: toggled(wanted, name) }),
    }, word(set, name)));
    const tab = (value, text) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(state.state === value), onclick: () => this.go({ state: value }),
    }, text);
    fill(this.filters,
      h("div", { class: "group", role: "group", "aria-label": "状态" }, tab("", "全部"), tab("new", "未签收"), tab("seen", "已签收")),
      h("div", { class: "group", role: "group", "aria-label": "范围" },
        h("button", { type: "button", class: "chip", "aria-pressed": String(state.alerted !== "listed"), onclick: () => this.go({ alerted: "" }) }, "预警"),
        h("button", { type: "button", class: "chip", "aria-pressed": String(state.alerted === "listed"), onclick: () => this.go({ alerted: "listed" }) }, "仅列表")),
      h("details", { class: "group fold", open: state.category.length || state.channel.length ? true : null },
        h("summary", {}, "类别与渠道"),
        h("div", { class: "group", role: "group", "aria-label": "类别" }, chips("category", state.category)),
        h("div", { class: "group", role: "group", "aria-label": "渠道" }, chips("channel", state.channel))),
      h("label", { class: "place" }, h("span", { class: "unseen" }, "地点"),
        h("input", { type: "search", placeholder: "地点，如 白鹭镇", value: state.place, oninput: (event) => this.go({ place: event.target.value.trim() }, true) })));
  }

  #line(alert, state) {
    const waiting = alert.state === "new";
    return h("li", {
      class: `line ${alert.severity ?? "none"}${waiting ? " waiting" : ""}${this.fresh.has(alert.id) ? " fresh" : ""}`,
      role: "option", id: `line-${alert.id}`, data: { id: alert.id },
      "aria-selected": String(alert.id === this.selected || alert.id === state.issue),
      onclick: () => this.open(alert.id),
    },
    h("div", { class: "line-head" },
      h("span", { class: `badge ${alert.severity ?? "none"}` }, tierText(alert)),
      h("h3", {}, alert.title || "（无标题）"),
      h("time", { datetime: alert.raised_at ?? alert.last_seen, title: timeText(alert.raised_at ?? alert.last_seen) }, agoText(alert.raised_at ?? alert.last_seen))),
    h("p", { class: "line-what" },
      alert.reason ? h("span", { class: "reason" }, word("reason", alert.reason)) : null,
      h("span", { class: "where" }, alert.regions.slice(0, 3).join("、") || "地点不详"),
      h("span", {}, alert.channels.map((name) => word("channel", name)).join("、")),
      h("span", {}, categoriesText(alert))),
    h("p", { class: "line-facts" },
      waiting ? h("span", { class: "pill new" }, "新") : h("span", { class: "pill" }, word("state", alert.state)),
      alert.awaiting ? h("span", { title: "仅经快读；精读结论有变时改写或撤销" }, `${alert.awaiting} 条待复核`) : null,
      alert.members ? h("span", {}, `${alert.members} 条`) : null,
      h("span", {}, `热度 ${countText(alert.heat)}`),
      alert.seconds_to_alert === null ? null : h("span", {}, `发布后 ${spanText(alert.seconds_to_alert)}预警`),
      alert.evidence.length ? h("span", { class: "words" }, alert.evidence.slice(0, 5).map((term) => h("b", {}, term))) : null));
  }

  // Moves the choice by one line; the first or last stays.
  step(by) {
    const at = this.ids.indexOf(this.selected);
    const next = Math.min(Math.max(at + by, 0), this.ids.length - 1);
    if (next < 0) return;
    this.selected = this.ids[next];
    this.draw(this.state);
    document.getElementById(`line-${this.selected}`)?.scrollIntoView({ block: "nearest" });
  }
}
