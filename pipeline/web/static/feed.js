// The live stream, and the watchdog that says so when it has died. The browser resumes by Last-Event-ID on its own;
// what comes twice all the same is dropped by its number.

const SILENT = 20_000; // four missed signs of life
const DEAD = 60_000; // then the stream is opened anew

export class Feed {
  constructor({ onEvent, onStatus, onReset, onLink }) {
    Object.assign(this, { onEvent, onStatus, onReset, onLink });
    this.seq = 0;
    this.heard = performance.now();
    this.linked = false;
    setInterval(() => this.#watch(), 2_000);
  }

  open(after) {
    this.source?.close();
    this.seq = after;
    const source = new EventSource(`/api/v1/alerts/stream?after=${after}`);
    this.source = source;
    source.addEventListener("open", () => this.#alive());
    source.addEventListener("error", () => {
      this.#link(false);
      if (source.readyState === EventSource.CLOSED) this.#later();
    });
    source.addEventListener("alert", (event) => {
      this.#alive();
      const data = JSON.parse(event.data);
      if (data.seq <= this.seq) return;
      this.seq = data.seq;
      this.onEvent(data);
    });
    source.addEventListener("status", (event) => {
      this.#alive();
      this.onStatus(JSON.parse(event.data));
    });
    source.addEventListener("reset", () => this.onReset());
  }

  #alive() {
    this.heard = performance.now();
    this.#link(true);
  }

  #link(linked) {
    this.linked = linked;
    this.onLink(linked, (performance.now() - this.heard) / 1000);
  }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(this.seq), 5_000);
  }

  #watch() {
    if (!this.source) return;
    const silence = performance.now() - this.heard;
    if (silence > DEAD) {
      this.heard = performance.now() - SILENT;
      this.open(this.seq);
    } else if (silence > SILENT) this.#link(false);
  }
}
