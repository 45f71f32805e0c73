// Requests to our own origin, with the page's token on everything that changes something.

let csrf = "";

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (csrf && method !== "GET") headers["X-CSRF-Token"] = csrf;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new ApiError(0, "连不上服务，请检查网络或稍后再试");
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok && answer.status !== 409) {
    const detail = typeof data.detail === "string" ? data.detail : `请求未成功（${answer.status}）`;
    throw new ApiError(answer.status, detail);
  }
  return data;
}

// A file as the body of a request, with its progress (which fetch does not tell): done(share sent, from 0 to 1).
export function upload(path, file, done) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (csrf) request.setRequestHeader("X-CSRF-Token", csrf);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && done(event.loaded / event.total));
    request.addEventListener("error", () => reject(new ApiError(0, "文件没有传完，请检查网络后重试")));
    request.addEventListener("load", () => {
      if (request.status === 202) resolve(request.response);
      else reject(new ApiError(request.status, typeof request.response?.detail === "string" ? request.response.detail : `导入未成功（${request.status}）`));
    });
    request.send(file);
  });
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);

// Who is here: by the cookie; else by the token behind # in the printed address (it never travels in an address line).
export async function enter() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname + location.search);
    return remember(await post("/api/v1/session", { token }));
  }
  return remember(await get("/api/v1/session"));
}

export async function login(fields) {
  return remember(await post("/api/v1/session", fields));
}

export async function logout() {
  await call("DELETE", "/api/v1/session");
  location.reload();
}

function remember(session) {
  csrf = session.csrf;
  return session;
}
