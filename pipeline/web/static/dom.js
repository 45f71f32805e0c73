// Elements from data. Text only ever becomes text: nothing here parses HTML.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A link to the outside only where it is one: http or https, in a tab of its own that knows nothing of us.
export function outward(url, text) {
  if (!/^https?:\/\//i.test(url)) return h("span", {}, text);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

// Marks places of a text. Spans are {start, end, title, kind}, in characters (code points); overlaps merge.
export function marked(text, spans) {
  const characters = Array.from(text);
  const titles = new Map();
  for (const span of spans) {
    for (let at = Math.max(0, span.start); at < Math.min(span.end, characters.length); at += 1) {
      if (!titles.has(at)) titles.set(at, []);
      titles.get(at).push(span);
    }
  }
  const pieces = [];
  let at = 0;
  while (at < characters.length) {
    const inside = titles.has(at);
    const from = at;
    const covering = new Set();
    while (at < characters.length && titles.has(at) === inside) {
      for (const span of titles.get(at) ?? []) covering.add(span);
      at += 1;
    }
    const piece = characters.slice(from, at).join("");
    if (!inside) pieces.push(piece);
    else {
      const spansHere = [...covering];
      const title = [...new Set(spansHere.map((span) => span.title))].filter(Boolean).join("；");
      pieces.push(h("mark", { title: title || null, class: spansHere[0].kind ?? null }, piece));
    }
  }
  return pieces;
}

export function dialog(title, ...content) {
  const box = h("dialog", { class: "dialog", "aria-label": title },
    h("header", {}, h("h2", {}, title),
      h("button", { type: "button", class: "quiet", "aria-label": "关闭", onclick: () => box.close() }, "✕")),
    ...content);
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}
