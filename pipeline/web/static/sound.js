// A tone for a new alert, and a notice of the desktop while the page is out of sight: off until somebody turns them on,
// from a level he chooses, until the alert is acknowledged.

import { h, dialog } from "./dom.js";
import { SEVERITIES } from "./state.js";
import { word } from "./words.js";

const KEY = "yuqing.sound";
const REPEAT = 15_000;
let context = null;
let ringing = new Map(); // id → severity of what is not acknowledged
let mutedUntil = 0;
const notices = new Map(); // id → notice on the desktop

export function level() {
  return localStorage.getItem(KEY) ?? "";
}

export function label() {
  if (!level()) return "声音：关";
  return Date.now() < mutedUntil ? "声音：暂静" : `声音：${word("severity", level())}以上`;
}

function tone() {
  context ??= new AudioContext();
  const start = context.currentTime + 0.02;
  for (const [offset, pitch] of [[0, 880], [0.22, 660], [0.44, 880]]) {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start + offset);
    volume.gain.exponentialRampToValueAtTime(0.25, start + offset + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + offset + 0.18);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(start + offset);
    oscillator.stop(start + offset + 0.2);
  }
}

function wanted(severity) {
  return level() && severity && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(level());
}

export function ring(alert) {
  if (alert.state !== "new" || !wanted(alert.severity)) return;
  ringing.set(alert.id, alert.severity);
  if (Date.now() < mutedUntil) return;
  tone();
  notify(alert);
}

export function hush(id) {
  ringing.delete(id);
  notices.get(id)?.close();
  notices.delete(id);
}

function notify(alert) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const notice = new Notification(`【${word("severity", alert.severity)}】${alert.title}`, { tag: alert.id, icon: "/static/icon.svg" });
  notice.onclick = () => window.focus();
  notices.set(alert.id, notice);
}

setInterval(() => {
  if (ringing.size && level() && Date.now() >= mutedUntil) tone();
}, REPEAT);

async function allow(button) {
  const answer = await Notification.requestPermission();
  button.textContent = answer === "granted" ? "已允许桌面通知" : "浏览器未允许，请在网站设置中打开";
  button.disabled = true;
}

export function settings(changed) {
  const choose = (value) => {
    if (value) localStorage.setItem(KEY, value);
    else localStorage.removeItem(KEY);
    ringing = new Map();
    changed();
  };
  const option = (value, text) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "sound", checked: level() === value, onchange: () => choose(value) }), text);
  dialog("提示音",
    h("p", { class: "hint" }, "默认关闭。新预警响三声，未签收前每 15 秒重复；签收即停；页面不在眼前时另有桌面通知。浏览器要求先点一次页面才能发声，可用“试听”确认。"),
    option("", "关"),
    SEVERITIES.slice(0, 3).map((name) => option(name, `${word("severity", name)}${name === "major_emergency" ? "" : "及以上"}`)),
    h("div", { class: "row" },
      h("button", { type: "button", onclick: tone }, "试听"),
      "Notification" in window && Notification.permission !== "granted"
        ? h("button", { type: "button", onclick: (event) => allow(event.target) }, "允许桌面通知")
        : null,
      h("button", { type: "button", onclick: () => { mutedUntil = Date.now() + 300_000; changed(); } }, "暂静 5 分钟")));
}
