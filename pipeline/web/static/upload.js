// Bringing a file: how much is sent, how much is read, and then what was made of it, column by column.

import { get, upload } from "./api.js";
import { fill, h } from "./dom.js";
import { timeText, word } from "./words.js";

const ASK_EVERY = 500;

export class UploadBox {
  constructor({ taken }) {
    this.taken = taken;
    this.format = h("select", { name: "format" }, h("option", { value: "auto" }, "自动识别"));
    this.file = h("input", { type: "file", name: "file", required: true });
    this.button = h("button", { class: "primary" }, "导入");
    this.progress = h("progress", { max: "1", value: "0", "aria-label": "进度", hidden: true });
    this.said = h("p", { class: "said", role: "status" });
    this.answer = h("div", { class: "explanation" });
    this.example = h("div");
    this.format.addEventListener("change", () => this.#showExample());
    this.root = h("section", { class: "upload" },
      h("h3", {}, "导入文件"),
      h("form", { onsubmit: (event) => { event.preventDefault(); this.#send(); } },
        h("label", {}, "导出文件", this.file), h("label", {}, "格式", this.format), this.button),
      this.example, this.progress, this.said, this.answer);
  }

  async load() {
    if (this.formats) return;
    this.formats = await get("/api/v1/formats");
    this.format.append(...this.formats.map((format) => h("option", { value: format.name }, format.title)));
  }

  #showExample() {
    const format = this.formats.find((each) => each.name === this.format.value);
    fill(this.example, format ? [h("p", { class: "hint" }, `凭什么认出：${format.known_by}`), h("pre", { class: "sample" }, format.example)] : []);
  }

  async #send() {
    const [file] = this.file.files;
    const query = new URLSearchParams({ name: file.name, format: this.format.value, modified: String(file.lastModified) });
    this.button.disabled = true;
    this.progress.hidden = false;
    fill(this.answer);
    this.#say(`正在传送 ${file.name}……`);
    try {
      const { id } = await upload(`/api/v1/uploads?${query}`, file, (share) => { this.progress.value = share; });
      this.#say("已收到，正在读入……");
      await this.#follow(id);
      this.file.value = "";
    } catch (error) {
      this.#say(error.message);
    }
    this.button.disabled = false;
    this.progress.hidden = true;
    this.taken();
  }

  async #follow(id) {
    for (;;) {
      const { state, report } = await get(`/api/v1/uploads/${id}`);
      const read = Object.values(report.fates).reduce((sum, count) => sum + count, 0);
      this.progress.value = report.offered ? read / report.offered : 0;
      if (state === "waiting" || state === "reading") {
        this.#say(state === "waiting" ? "已收到，排队等候读入……" : `已读 ${read} / ${report.offered} 条……`);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
        continue;
      }
      if (report.problem) this.#say(report.problem);
      else this.#say(`读完：${fates(report)}`);
      if (report.explanation) fill(this.answer, explained(report.explanation));
      return;
    }
  }

  #say(text) {
    this.said.textContent = text;
  }
}

const FATES = { new: "新增", updated: "更新", duplicate: "重复", rejected: "拒收", quarantined: "隔离" };

function fates(report) {
  return Object.entries(FATES).map(([name, text]) => `${text} ${report.fates[name] ?? 0}`).join("，");
}

// The same answer as `yuqing connect --explain`.
function explained(told) {
  const line = (name, ...content) => [h("dt", {}, name), h("dd", {}, ...content)];
  const counted = (set, counts, without) => Object.entries(counts).filter(([name]) => name !== without)
    .map(([name, count]) => `${count} 条${word(set, name)}`).join("，");
  const refused = told.refusals.reduce((sum, refusal) => sum + refusal.count, 0);
  const states = counted("mention_state", told.states, "ok");
  const flags = counted("flag", told.flags);
  return [
    h("dl", { class: "told" },
      line("格式", `${told.title}（${told.connector}，${told.chosen ? "您指定的" : `把握 ${told.sureness.toFixed(2)}`}）`),
      line("凭什么", told.known_by),
      told.others.length ? line("也像", told.others.map(([name, sure]) => `${name}（${sure.toFixed(2)}）`).join("、")) : [],
      told.encoding ? line("编码", told.encoding) : [],
      line("条数", `共 ${told.offered}：读出 ${told.mentions}，拒收 ${refused}，隔离 ${told.quarantined}`),
      told.times.map((time) => line("时间", `${time.count} 条取自“${time.basis || "采集时间"}”，${word("precision", time.precision)}`)),
      states ? line("状态", states) : [],
      flags ? line("处理", flags) : [],
      told.unused.length ? line("没有用到的栏", told.unused.join("、")) : []),
    told.fields.length ? h("div", { class: "table" }, h("table", {},
      h("caption", { class: "unseen" }, "各栏怎么读"),
      h("thead", {}, h("tr", {}, ["读作", "取自", "有值的条数"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, told.fields.map((field) => h("tr", {}, h("th", { scope: "row" }, field.label), h("td", {}, field.columns.join("、")), h("td", { class: "number" }, String(field.filled))))))) : [],
    told.refusals.length ? [h("h4", {}, "拒收了什么，为什么"), h("ul", {}, told.refusals.map((refusal) =>
      h("li", {}, h("b", {}, `${refusal.count} 条 `), `${word("refusal", refusal.reason)}：${refusal.detail}（第 ${refusal.rows.join("、")}${refusal.count > refusal.rows.length ? "…" : ""} 条）`)))] : [],
    told.samples.length ? [h("h4", {}, "读出的前几条"), h("ul", {}, told.samples.map((sample) =>
      h("li", {}, h("time", {}, timeText(sample.published_at)), ` ${sample.title ? `《${sample.title}》` : ""}${sample.text}`)))] : [],
  ];
}
