// Lines that update in place on a terminal; on anything else a line is printed whenever it changes.

export class LiveLines {
  #printed = new Map();
  #drawn = 0;
  #isTerminal = process.stdout.isTTY === true;

  /** Shows all lines, `{key, text, news}` in order. `text` may differ every time; `news` says when it is worth a line. */
  show(lines) {
    if (this.#isTerminal) this.#draw(lines);
    else for (const line of lines) this.#printNews(line);
  }

  /** Over those drawn before; there never are fewer. */
  #draw(lines) {
    const width = process.stdout.columns || 80;
    const text = lines.map((line) => `\x1b[2K${line.text.slice(0, width - 1)}\n`).join('');
    process.stdout.write((this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '') + text);
    this.#drawn = lines.length;
  }

  #printNews({ key, text, news }) {
    if (this.#printed.get(key) === news) return;
    this.#printed.set(key, news);
    console.log(text);
  }
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
