// What the page shows is written in its address: a link to a filtered list is the filtered list.

export const SEVERITIES = ["major_emergency", "sensitive", "hot_issue", "general"];

const LISTS = ["severity", "category", "channel"];

export function read() {
  const query = new URLSearchParams(location.search);
  const state = { view: location.pathname === "/search" ? "search" : location.pathname === "/sources" ? "sources" : "alerts" };
  for (const name of LISTS) state[name] = (query.get(name) ?? "").split(",").filter(Boolean);
  state.place = query.get("place") ?? "";
  state.state = query.get("state") ?? "";
  state.alerted = query.get("alerted") ?? "";
  state.issue = query.get("issue") ?? "";
  state.q = query.get("q") ?? "";
  state.since = query.get("since") ?? "";
  state.until = query.get("until") ?? "";
  return state;
}

export function address(state) {
  const query = new URLSearchParams();
  for (const name of LISTS) if (state[name]?.length) query.set(name, state[name].join(","));
  for (const name of ["place", "state", "alerted", "q", "since", "until", "issue"]) if (state[name]) query.set(name, state[name]);
  const path = { alerts: "/", search: "/search", sources: "/sources" }[state.view];
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `${path}?${text}` : path;
}

export function toggled(list, value) {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
}
