// The product's Chinese names, from the one table that the server keeps, and how times and spans are said.

import { get } from "./api.js";

let table = {};

export async function loadWords() {
  table = await get("/api/v1/labels");
}

export function word(set, name) {
  return table[set]?.[name] ?? name;
}

export function names(set) {
  return Object.keys(table[set] ?? {});
}

const zone = "Asia/Shanghai";
const clockForm = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false });
const secondForm = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayForm = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, month: "numeric", day: "numeric" });
const dayKey = new Intl.DateTimeFormat("sv-SE", { timeZone: zone });
const fullDay = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, year: "numeric", month: "long", day: "numeric", weekday: "short" });

// The server's clock (a demonstration's may run ahead or behind): its last word, moved on by our own.
let serverNow = Date.now();
let heardAt = performance.now();

export function setNow(iso) {
  serverNow = Date.parse(iso);
  heardAt = performance.now();
}

export function now() {
  return serverNow + (performance.now() - heardAt);
}

export function clockText() {
  const moment = new Date(now());
  return `${fullDay.format(moment)} ${secondForm.format(moment)}`;
}

// 09:05 today, 6/15 20:10 on another day; a mention known only to the day shows the day.
export function timeText(iso, precision = "second") {
  const moment = new Date(iso);
  if (precision === "day" || precision === "month") return dayForm.format(moment);
  const today = dayKey.format(moment) === dayKey.format(new Date(now()));
  return today ? clockForm.format(moment) : `${dayForm.format(moment)} ${clockForm.format(moment)}`;
}

export function spanText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}秒`;
  if (whole < 3600) return `${Math.floor(whole / 60)}分${whole % 60 ? `${whole % 60}秒` : "钟"}`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}小时${Math.floor((whole % 3600) / 60)}分`;
  return `${Math.floor(whole / 86400)}天${Math.floor((whole % 86400) / 3600)}小时`;
}

export function agoText(iso) {
  const seconds = (now() - Date.parse(iso)) / 1000;
  if (seconds < 45) return "刚刚";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))}分钟前`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)}小时前`;
  return timeText(iso);
}

// A matter without a tier was withdrawn, or it is a rumour that alerts by its spread alone.
export function tierText({ severity, state }) {
  if (severity) return word("severity", severity);
  return state === "retracted" ? word("state", state) : "传言待核";
}

export function countText(number) {
  return number >= 10000 ? `${(number / 10000).toFixed(number >= 100000 ? 0 : 1)}万` : String(number);
}

// What a superior asks is a fact only where it came by the inlet for directives; read from texts it is suspected.
export function categoriesText(alert) {
  const suspected = (name) => name === "superior_request" && !alert.channels.includes("directive");
  return alert.categories.map((name) => `${suspected(name) ? "疑似" : ""}${word("category", name)}`).join("、");
}
