// One matter at the side: why it alerts, who must answer by when, its members with the words marked, its history.

import { get } from "./api.js";
import { Deeds } from "./deeds.js";
import { fill, h, marked, outward } from "./dom.js";
import { agoText, categoriesText, countText, now, spanText, tierText, timeText, word } from "./words.js";

const SIGNALS = { nature: "问题性质", intensity: "舆情烈度", public_reaction: "公众反应", media_involvement: "媒体介入" };

export class IssuePanel {
  constructor({ close, acted }) {
    this.close = close;
    this.deeds = new Deeds({ acted });
    this.root = h("aside", { class: "panel", "aria-label": "事项详情", tabindex: "-1", hidden: true });
  }

  async show(id) {
    this.id = id;
    this.root.hidden = false;
    if (this.shown !== id) fill(this.root, h("p", { class: "hint" }, "正在打开……"));
    try {
      const issue = await get(`/api/v1/issues/${encodeURIComponent(id)}`);
      if (this.id === id) this.#draw(issue);
    } catch (error) {
      if (this.id === id) fill(this.root, this.#top(), h("p", { class: "hint" }, error.message));
    }
  }

  hide() {
    this.id = this.shown = "";
    this.root.hidden = true;
  }

  #top() {
    return h("div", { class: "panel-top" },
      h("button", { type: "button", class: "quiet back", onclick: this.close, "aria-label": "关闭详情" }, "← 返回列表"));
  }

  #draw(issue) {
    const { alert } = issue;
    const scroll = this.shown === alert.id ? this.root.scrollTop : 0;
    if (this.shown !== alert.id) this.deeds.text = "";
    this.shown = alert.id;
    fill(this.root, this.#top(),
      h("header", { class: `panel-head ${alert.severity ?? "none"}` },
        h("div", { class: "row" },
          h("span", { class: `badge ${alert.severity ?? "none"}` }, tierText(alert)),
          h("span", { class: "pill" }, word("state", alert.state)),
          alert.revision > 1 ? h("span", { class: "pill" }, `第 ${alert.revision} 次改写`) : null),
        h("h2", {}, alert.title || "（无标题）"),
        h("p", { class: "line-what" }, h("span", {}, categoriesText(alert)))),
      this.deeds.draw(issue),
      this.#silence(issue),
      this.#facts(issue),
      this.#who(issue),
      this.#why(issue),
      this.#members(issue),
      this.#history(issue));
    this.root.scrollTop = scroll;
  }

  #facts({ alert, alerts, spread }) {
    const first = alerts.find((revision) => revision.seconds_to_alert != null);
    const fact = (name, ...value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, ...value));
    return h("dl", { class: "facts" },
      fact("第一责任主体", alert.responsible_body || h("span", { class: "faint" }, "待明确")),
      fact("回应时限", alert.deadlines.length ? alert.deadlines.map((clock) => this.#deadline(clock)) : h("span", { class: "faint" }, "尚未起算")),
      fact("地点", `${alert.regions.join("、") || "不详"}（${word("scope", alert.scope)}）`),
      fact("渠道", alert.channels.map((name) => word("channel", name)).join("、")),
      fact("首次出现", timeText(alert.first_seen)),
      fact("最近一条", `${timeText(alert.last_seen)}（${agoText(alert.last_seen)}）`),
      fact("发布到预警", first ? spanText(first.seconds_to_alert) : "—"),
      alert.awaiting ? fact("研判", `${alert.awaiting} 条待复核`) : null,
      fact("传播", Object.entries(spread.channels).map(([name, count]) => `${word("channel", name)} ${count}`).join("，"),
        h("small", {}, `媒体占 ${Math.round(spread.media_share * 100)}%；每小时最多 ${Math.max(0, ...Object.values(spread.by_hour))} 条`)),
      fact("走势", `${word("trend", spread.trend)}（近 6 小时 ${spread.recent} 条，此前 6 小时 ${spread.before} 条）`,
        h("small", {}, `回应价值 ${spread.response_value.toFixed(2)}`)),
      fact("合计热度", `${countText(alert.heat)}${alert.members ? `，共 ${alert.members} 条` : ""}`));
  }

  #silence({ silence }) {
    if (!silence) return null;
    return h("p", { class: "attention", role: "note" },
      `已静默至 ${timeText(silence.until)}：${silence.author}，${silence.reason}。级别上升、等级上升、逾期和更正仍会通知`);
  }

  // 第一责任主体: the answer of the rules, the words that led there, and each rule with its clause.
  #who({ responsibility }) {
    if (!responsibility) return null;
    const { coordinator, lead, answering = [], persons = [], grounds = [], reasons } = responsibility;
    const line = (name, text) => text ? h("li", {}, `${name}：${text}`) : null;
    return h("section", { class: "who" },
      h("h3", {}, "由谁回应"),
      h("ul", {},
        line("建议第一责任主体", (responsibility.responsible ?? []).join("、")),
        line("组织协调", coordinator),
        line("牵头部门", lead),
        line("一并回应", answering.join("、")),
        responsibility.head_of_government ? h("li", {}, "本级政府主要负责同志切实负起领导责任") : null,
        responsibility.party_committee ? h("li", {}, "必要时向同级党委报告") : null,
        persons.map((person) => h("li", {}, person)),
        grounds.map((ground) => h("li", { class: "faint" }, ground))),
      h("details", {},
        h("summary", {}, "规则与依据"),
        h("ol", {}, reasons.map((reason) => h("li", {}, `${reason.rule} ${reason.says}`, h("small", {}, `〔${reason.clause}〕`))))));
  }

  #deadline(clock) {
    const left = (Date.parse(clock.due_at) - now()) / 1000;
    const state = clock.met_at ? "已完成" : clock.paused_since ? `计时暂停（自 ${timeText(clock.paused_since)}）` : left < 0 ? `超时 ${spanText(-left)}` : `还剩 ${spanText(left)}`;
    return h("div", { class: clock.met_at ? "met" : left < 0 ? "overdue" : null },
      `${word("deadline", clock.action)}：${timeText(clock.due_at)}前，${state}`,
      h("small", {}, `${clock.basis}；自${timeText(clock.anchor)}起算（${clock.anchor_basis}）${clock.provisional ? "；受理前为暂定" : ""}`));
  }

  // The words and numbers behind the tier, from the gravest member.
  #why({ alert, members }) {
    const tiers = ["general", "hot_issue", "sensitive", "major_emergency"];
    const rank = (member) => tiers.indexOf(member.severity ?? "");
    const grave = members.filter((member) => member.mention && !member.retracted).sort((a, b) => rank(b) - rank(a))[0];
    const signals = grave?.mention.assessment.signals;
    return h("section", {},
      h("h3", {}, "为何预警"),
      h("p", { class: "why" },
        alert.reason ? `${word("reason", alert.reason)}；` : "未达预警线，仅列表；",
        alert.ringing && alert.ringing !== "now" ? `${word("ringing", alert.ringing)}；` : null,
        alert.detail.attention ? `敏感时间节点：${alert.detail.attention}；` : null,
        alert.evidence.length ? ["触发词 ", alert.evidence.map((term) => h("mark", {}, term))] : "无触发词"),
      signals ? h("dl", { class: "signals" }, Object.entries(SIGNALS).map(([name, text]) => {
        const bar = h("span", { class: "bar-fill" });
        bar.style.width = `${Math.round((signals[name] ?? 0) * 100)}%`;
        return h("div", {}, h("dt", {}, text), h("dd", {}, h("span", { class: "bar-track" }, bar), (signals[name] ?? 0).toFixed(2)),
          h("small", {}, grave.mention.factors[name]));
      })) : null);
  }

  #members({ members }) {
    const own = members.filter((member) => !member.heat_only && !member.copy_of);
    const rest = members.filter((member) => member.heat_only || member.copy_of);
    const newest = (list) => [...list].sort((a, b) => Date.parse(b.published_at) - Date.parse(a.published_at));
    return h("section", {},
      h("h3", {}, `信息（${members.length}）`),
      h("ol", { class: "members" }, newest(own).map((member) => memberCard(member))),
      rest.length ? h("details", { class: "rest" },
        h("summary", {}, `转发、评论与近似文本 ${rest.length} 条（只计热度）`),
        h("ol", { class: "members" }, newest(rest).map((member) => memberCard(member)))) : null);
  }

  #history({ history }) {
    return h("section", {},
      h("h3", {}, "历史"),
      h("ol", { class: "history" }, [...history].reverse().map((entry) => h("li", {},
        h("time", { datetime: entry.at }, timeText(entry.at)), h("span", {}, historyText(entry))))));
  }
}

function historyText({ event, actor = "system", detail = {} }) {
  const who = actor === "system" ? "" : `${actor} `;
  const facts = [];
  if (detail.reason) facts.push(word("reason", detail.reason));
  if (detail.before && detail.before !== detail.severity) facts.push(`${word("severity", detail.before)} → ${word("severity", detail.severity) || "未定级"}`);
  else if (detail.severity) facts.push(word("severity", detail.severity));
  if (detail.note) facts.push(`“${detail.note}”`);
  return `${who}${word("event", event)}${facts.length ? `：${facts.join("，")}` : ""}`;
}

const READERS = { quick: "快读判定", careful: "精读判定", human: "人工判定" };

export function memberCard(member) {
  const { mention } = member;
  if (!mention) {
    return h("li", { class: "member" }, h("p", { class: "member-head" }, word("channel", member.channel), timeText(member.published_at)),
      h("p", { class: "faint" }, "原文已过保存期"));
  }
  return mentionCard(mention, { retracted: member.retracted, awaiting: member.awaiting });
}

// One mention; the words that moved the verdict are marked, with what they speak for.
export function mentionCard(mention, { retracted = false, awaiting = false, highlights = null } = {}) {
  const { assessment, engagement } = mention;
  const spans = (field) => highlights
    ? highlights.filter((mark) => mark.field === field).map((mark) => ({ ...mark, title: "" }))
    : assessment.evidence.filter((item) => (item.source === "title") === (field === "title") && field !== "quoted_text").map((item) => ({
      start: item.start, end: item.end, kind: item.category,
      title: `${item.category ? word("category", item.category) : "等级"} ${item.weight.toFixed(2)}`,
    }));
  const counts = [["转", engagement.reposts], ["评", engagement.comments], ["赞", engagement.likes], ["阅", engagement.reads]]
    .filter(([, count]) => count).map(([name, count]) => `${name} ${countText(count)}`).join(" ");
  return h("li", { class: `member ${assessment.severity ?? "none"}${retracted ? " retracted" : ""}` },
    h("p", { class: "member-head" },
      h("span", { class: "channel" }, word("channel", mention.channel)),
      h("time", { datetime: mention.published_at }, timeText(mention.published_at, mention.time_precision)),
      mention.region_text ? h("span", {}, mention.region_text) : null,
      counts ? h("span", {}, counts) : null,
      assessment.severity ? h("span", { class: `tag ${assessment.severity}` }, word("severity", assessment.severity)) : null,
      assessment.rumour !== "none" ? h("span", { class: "tag rumour" }, word("rumour", assessment.rumour)) : null,
      retracted ? h("span", { class: "tag" }, "已撤销") : null,
      awaiting ? h("span", { class: "tag", title: "仅经快读；精读结论有变时改写或撤销" }, "待复核") : null,
      assessment.needs_review ? h("span", { class: "tag" }, "待人工研判") : null),
    mention.issuer ? h("p", { class: "member-title" }, `${mention.issuer} ${mention.document_number}`) : null,
    mention.title ? h("p", { class: "member-title" }, marked(mention.title, spans("title"))) : null,
    mention.text ? h("p", { class: "text" }, marked(mention.text, spans("text"))) : h("p", { class: "faint" }, word("mention_state", mention.state)),
    mention.quoted_text ? h("blockquote", {}, marked(mention.quoted_text, spans("quoted_text"))) : null,
    h("p", { class: "member-foot" },
      h("span", { class: "faint", title: "信息编号，拆分时填写" }, mention.id),
      assessment.flagged.map((name) => h("span", {}, `${word("category", name)} ${Math.round((assessment.categories[name] ?? 0) * 100)}%${assessment.basis[name] ? `（${word("basis", assessment.basis[name])}）` : ""}`)),
      h("span", { class: "faint", title: assessment.model_version }, READERS[assessment.reader] ?? assessment.reader),
      mention.url ? outward(mention.url, "原文链接") : null));
}
