// Where the records come from and whether each has its place: 不漏报 as a table.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { UploadBox } from "./upload.js";
import { timeText, word } from "./words.js";

export class SourcesPage {
  constructor({ session }) {
    this.body = h("div");
    this.upload = session.role === "viewer" ? null : new UploadBox({ taken: () => this.show() });
    this.root = h("section", { class: "sources" }, this.body, this.upload?.root ?? []);
  }

  async show() {
    let answer;
    try {
      answer = await get("/api/v1/sources");
    } catch (error) {
      fill(this.body, h("p", { class: "hint" }, error.message));
      return;
    }
    const { status, sources, rejected, watches } = answer;
    const figure = (name, value, wrong = false) => h("div", { class: wrong ? "figure wrong" : "figure" }, h("dt", {}, name), h("dd", {}, value));
    await this.upload?.load();
    fill(this.body,
      h("h2", {}, "来源与去向"),
      h("p", { class: "hint" }, "读入 = 入库 + 更新 + 重复 + 隔离 + 拒收 + 处理中。差额不为零，说明有信息下落不明。"),
      h("dl", { class: "figures" },
        figure("差额", String(answer.difference), answer.difference !== 0),
        figure("处理中", String(status.in_flight)),
        figure("索引落后", String(status.index_behind)),
        figure("待精读", String(status.review_queue)),
        figure("运行状态", status.ready ? "正常" : "异常", !status.ready)),
      [...status.problems, ...status.warnings].map((text) => h("p", { class: "notice" }, text)),
      watches.length ? watchTable(watches) : null,
      h("div", { class: "table" }, h("table", {},
        h("caption", { class: "unseen" }, "各来源的读入与去向"),
        h("thead", {}, h("tr", {}, ["来源", "日期", "读入", "入库", "更新", "重复", "隔离", "拒收", "处理中", "差额"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, sources.map((line) => h("tr", { class: line.difference ? "wrong" : null },
          h("th", { scope: "row" }, line.title), h("td", {}, line.day),
          [line.offered, line.indexed, line.updated, line.duplicate, line.quarantined, line.rejected, line.in_flight, line.difference].map((count) => h("td", { class: count ? "number" : "number zero" }, String(count)))))))),
      sources.length ? null : h("p", { class: "hint" }, "还没有读入任何来源。可在下方导入文件，或在配置的 [watch] 中写明要持续查看的来源。"),
      rejected.length ? h("section", {}, h("h3", {}, "拒收原因"),
        h("ul", { class: "reasons" }, rejected.map((line) => h("li", {}, h("b", {}, String(line.count)), ` ${line.reason}`)))) : null);
  }
}

const KINDS = { folder: "文件夹", feed: "订阅源", page: "列表页" };

function watchTable(watches) {
  const at = (moment) => h("td", {}, moment ? timeText(moment) : "—");
  return h("section", {}, h("h3", {}, "持续查看的来源"),
    h("div", { class: "table" }, h("table", {},
      h("caption", { class: "unseen" }, "持续查看的来源及其状况"),
      h("thead", {}, h("tr", {}, ["来源", "种类", "状况", "最近成功", "最近有新内容"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, watches.map((watch) => h("tr", { class: watch.trouble ? "wrong" : null },
        h("th", { scope: "row", title: watch.place }, watch.name), h("td", {}, KINDS[watch.kind]),
        h("td", {}, watch.trouble ? `${word("trouble", watch.trouble)}：${watch.text}` : watch.last_success ? "正常" : "尚未查看"),
        at(watch.last_success), at(watch.last_new)))))));
}
