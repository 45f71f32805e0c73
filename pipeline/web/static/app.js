// The page as a whole: who is here, which view the address names, keys, clock, theme, sound.

import { AlertList } from "./alerts.js";
import { ApiError, enter, login, logout } from "./api.js";
import { dialog, fill, h } from "./dom.js";
import { Feed } from "./feed.js";
import { IssuePanel } from "./issue.js";
import { SearchPage } from "./search.js";
import * as sound from "./sound.js";
import { SourcesPage } from "./sources.js";
import { address, read } from "./state.js";
import { clockText, loadWords, setNow, tierText } from "./words.js";

const at = (id) => document.getElementById(id);
const THEMES = { "": "主题：随系统", light: "主题：浅色", dark: "主题：深色" };

function showTheme() {
  const theme = localStorage.getItem("yuqing.theme") ?? "";
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  at("theme").textContent = THEMES[theme];
}

at("theme").addEventListener("click", () => {
  const order = Object.keys(THEMES);
  const next = order[(order.indexOf(localStorage.getItem("yuqing.theme") ?? "") + 1) % order.length];
  localStorage.setItem("yuqing.theme", next);
  showTheme();
});
showTheme();

function notice(text) {
  const box = at("notice");
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text;
}

function say(text) {
  at("live").textContent = text;
}

function askLogin(message) {
  const said = h("p", { class: "said", role: "alert" }, message);
  const field = (name, text, type) => h("label", {}, text, h("input", { name, type, autocomplete: type === "password" ? "current-password" : "username" }));
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const fields = form.get("token") ? { token: form.get("token").trim() } : { name: form.get("name"), password: form.get("password") };
    try {
      await start(await login(fields));
    } catch (error) {
      said.textContent = error.message;
    }
  };
  fill(at("main"), h("section", { class: "login" },
    h("h1", {}, "登录舆情值守"),
    h("form", { onsubmit: submit },
      field("name", "用户名", "text"), field("password", "密码", "password"),
      h("details", {}, h("summary", {}, "本机用户：用启动时打印的令牌登录"), field("token", "访问令牌", "password")),
      said, h("button", { class: "primary" }, "登录"))));
}

async function start(session) {
  await loadWords();
  let state = read();
  const go = (change, replace = false) => {
    state = { ...state, ...change };
    const url = address(state);
    if (url !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", url);
    show();
  };
  const list = new AlertList({ go, open: (id) => go({ issue: id }) });
  const panel = new IssuePanel({
    close: () => go({ issue: "" }),
    acted: (alert) => {
      sound.hush(alert.id);
      if (list.known.has(alert.id)) list.known.set(alert.id, alert);
      list.draw(state);
      retitle();
      panel.show(alert.id);
    },
  });
  const search = new SearchPage({ go });
  const sources = new SourcesPage({ session });
  const split = h("div", { class: "split" }, list.root, panel.root);
  const views = { alerts: split, search: search.root, sources: sources.root };
  let shownScope = null;
  let sourcesTimer = 0;

  const retitle = () => {
    const count = list.scope === "listed" ? 0 : list.waiting;
    document.title = count ? `（${count}）舆情值守` : "舆情值守";
  };

  async function loadList() {
    const answer = await list.load(state);
    setNow(answer.now);
    shownScope = state.alerted;
    list.draw(state);
    retitle();
    return answer.last_seq;
  }

  async function show() {
    for (const link of document.querySelectorAll("nav [data-view]")) {
      if (link.dataset.view === state.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const root = views[state.view];
    if (at("main").firstChild !== root) fill(at("main"), root);
    clearInterval(sourcesTimer);
    if (state.view === "search") await search.show(state);
    if (state.view === "sources") {
      await sources.show();
      sourcesTimer = setInterval(() => sources.show(), 5_000);
    }
    if (state.view !== "alerts") return;
    if (shownScope !== state.alerted) await loadList();
    split.classList.toggle("open", Boolean(state.issue));
    if (state.issue) {
      list.selected = state.issue;
      list.fresh.delete(state.issue);
      if (panel.shown !== state.issue) panel.show(state.issue);
    } else panel.hide();
    list.draw(state);
  }

  let soon = 0;
  const drawSoon = () => { soon ||= requestAnimationFrame(() => { soon = 0; list.draw(state); retitle(); }); };
  const feed = new Feed({
    onEvent: ({ alert, at: moment }) => {
      setNow(moment);
      const changed = list.take(alert);
      if (alert.state !== "new") sound.hush(alert.id);
      if (changed) {
        sound.ring(alert);
        const tier = tierText(alert);
        say({ new: `新预警，${tier}：${alert.title}`, tier: `预警改为${tier}：${alert.title}`, rewritten: `预警更新：${alert.title}` }[changed]);
      }
      if (state.view === "alerts") {
        drawSoon();
        if (panel.id === alert.id) panel.show(alert.id);
      } else retitle();
    },
    onStatus: (status) => {
      setNow(status.now);
      const said = [...status.problems, ...status.warnings];
      if (said.length) notice(said.join("；"));
      else if (feed.linked) notice("");
    },
    onReset: async () => feed.open(await loadList()),
    onLink: (linked, silent) => {
      at("link").textContent = linked ? "实时" : "重连中";
      at("link").className = linked ? "link live" : "link lost";
      if (linked) { if (at("notice").dataset.kind === "link") { notice(""); delete at("notice").dataset.kind; } }
      else if (silent > 5) {
        at("notice").dataset.kind = "link";
        notice(`与服务的连接中断，已 ${Math.round(silent)} 秒没有更新；正在重连，恢复后会补齐，不缺不重。`);
      }
    },
  });

  const soundButton = at("sound");
  const showSound = () => { soundButton.textContent = sound.label(); };
  soundButton.addEventListener("click", () => sound.settings(showSound));
  showSound();
  setInterval(() => { at("clock").textContent = clockText(); }, 500);
  setInterval(() => { if (state.view === "alerts" && !list.root.contains(document.activeElement)) list.draw(state); }, 30_000);
  if (session.demo) at("clock").before(h("span", { class: "demo" }, "演示时钟"));
  if (session.name !== "本机") at("help").after(h("button", { type: "button", class: "quiet", title: "退出登录", onclick: logout }, session.name));

  addEventListener("popstate", () => { state = read(); show(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ view: link.dataset.view ?? "alerts", issue: "", q: "", since: "", until: "", severity: [], category: [], channel: [], place: "" });
  });
  at("help").addEventListener("click", help);
  document.addEventListener("keydown", (event) => onKey(event, { state: () => state, go, list, panel, search }));

  const last = await loadList();
  await show();
  feed.open(last);
}

function help() {
  const line = (key, text) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)];
  dialog("键盘快捷键", h("dl", { class: "keys" },
    line("j / k", "下一条 / 上一条"), line("Enter", "打开所选"), line("a", "签收打开的事项"), line("Esc", "关闭详情"),
    line("/", "检索"), line("g", "回到预警"), line("?", "本帮助")));
}

function onKey(event, { state, go, list, panel, search }) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const onList = state().view === "alerts";
  const deeds = {
    j: () => onList && list.step(1),
    k: () => onList && list.step(-1),
    Enter: () => onList && list.selected && event.target.tagName !== "BUTTON" && event.target.tagName !== "A" && go({ issue: list.selected }),
    a: () => onList && panel.id && panel.deeds.acknowledge?.(),
    Escape: () => state().issue && go({ issue: "" }),
    "/": () => { go({ view: "search", issue: "" }); search.field.focus(); return true; },
    g: () => { go({ view: "alerts" }); return true; },
    "?": () => { help(); return true; },
  };
  if (deeds[event.key]?.()) event.preventDefault();
}

try {
  await start(await enter());
} catch (error) {
  if (error instanceof ApiError && error.status === 401) askLogin("");
  else if (error instanceof ApiError) notice(error.message);
  else throw error;
}
