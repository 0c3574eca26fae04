/**
 * Reads the plain YAML that nearly all documents are written in, many times faster than a parser of the whole language:
 * maps and lists by indentation, words, texts and numbers of one line, comments. Whatever else there is in a text, and
 * whatever might be a mistake, is left to `read-yaml.ts`: a value given here is the one that comes from there.
 */
import { isUnsafeKey, type JsonObject, type JsonValue } from '../json';
import { MAX_PLACEHOLDERS } from './limits';
import { countPlaceholders } from './read-yaml';

/** Tabs, carriage returns and what YAML forbids: without them, lines end at line feeds and only spaces indent. */
const CONTROL_CHARACTER = /[^\P{Cc}\n]/u;
/** A key with its colon. Keys are text, whatever they look like; YAML bounds their length too. */
const KEY = /(\w[\w./-]{0,99}):(?=[ \n]|$)/y;
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'/y;
/** An item of a list in brackets, with what comes after it. */
const FLOW_ITEM = / *(?:"([^"\\\n]*)"|'([^'\n]*)'|(\w[\w./-]*)) *([,\]])/y;
const EMPTY_FLOW = /\[ *\]|\{ *\}/y;
/** What a text without quotes may begin with: no indicator of YAML's, and no space of any kind. */
const PLAIN_START = /^(?:[\w$/(+.\u00a1-\uffff]|-[^ ])/;
const NUMBER_START = /^[-+.\d]/;
/** Too short to lose digits. */
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;
/** All else that the dialect takes for a number, and more. */
const LIKE_A_NUMBER = /^[-+]?(?:[\da-fxo_.+-]+|\.inf|\.nan)$/i;
const SPECIAL_WORD = /^(?:true|false|yes|no|on|off|null)$/i;
const LONGEST_SPECIAL_WORD = 5;
/** Far from `MAX_DEPTH`. */
const DEEPEST = 50;

const SPACE = 0x20;
const HASH = 0x23;
const DASH = 0x2d;

/** The value of a document that is plain and has no mistakes; null for any other, which says nothing about it. */
export function readPlain(text: string): JsonObject | null {
  if (CONTROL_CHARACTER.test(text) || countPlaceholders(text) > MAX_PLACEHOLDERS) return null;
  return new PlainReader(text).document() ?? null;
}

/** Stands on one line at a time. A method gives undefined for what is not plain; then nothing more is read. */
class PlainReader {
  /** Column of the line's first character; -1 when there are no more lines. */
  private indent = -1;
  /** Offset of that character. */
  private at = 0;
  /** Offset of the line's end. */
  private end = -1;

  constructor(private readonly text: string) {}

  document(): JsonObject | undefined {
    this.nextLine();
    const map = this.indent === 0 ? this.map(0, 1) : undefined;
    // A line in a column of its own ends all maps and lists: it goes on with a text, or belongs nowhere.
    return this.indent === -1 ? map : undefined;
  }

  /** Goes on to the next line that is neither blank nor a comment. */
  private nextLine(): void {
    for (let start = this.end + 1; start < this.text.length; start = this.end + 1) {
      const newline = this.text.indexOf('\n', start);
      this.end = newline === -1 ? this.text.length : newline;
      this.at = this.skipSpaces(start);
      this.indent = this.at - start;
      if (this.at < this.end && this.text.charCodeAt(this.at) !== HASH) return;
    }
    this.indent = -1;
  }

  /** The map whose keys stand at a column, the first of them where the reader is. */
  private map(column: number, depth: number): JsonObject | undefined {
    if (depth > DEEPEST) return undefined;
    const map: JsonObject = {};
    do {
      KEY.lastIndex = this.at;
      const key = KEY.exec(this.text)?.[1];
      if (key === undefined || isUnsafeKey(key) || Object.hasOwn(map, key)) return undefined;
      const value = this.valueOfKey(KEY.lastIndex, column, depth);
      if (value === undefined) return undefined;
      map[key] = value;
    } while (this.indent === column);
    return map;
  }

  private valueOfKey(afterColon: number, column: number, depth: number): JsonValue | undefined {
    if (!this.isBlankFrom(afterColon)) return this.inline(this.skipSpaces(afterColon));
    this.nextLine();
    const isList = this.isItem();
    // The dashes of a list may stand right below its key.
    if (this.indent < column || (this.indent === column && !isList)) return null;
    return isList ? this.list(this.indent, depth + 1) : this.map(this.indent, depth + 1);
  }

  /** The list whose dashes stand at a column, the first of them where the reader is. */
  private list(column: number, depth: number): JsonValue[] | undefined {
    if (depth > DEEPEST) return undefined;
    const list: JsonValue[] = [];
    do {
      const start = this.skipSpaces(this.at + 1);
      KEY.lastIndex = start;
      const item = KEY.test(this.text) ? this.mapInItem(start, depth + 1) : this.inline(start);
      if (item === undefined) return undefined;
      list.push(item);
    } while (this.indent === column && this.isItem());
    return list;
  }

  /** `- name: x`: a map that begins on the line of its dash. */
  private mapInItem(start: number, depth: number): JsonObject | undefined {
    const column = this.indent + start - this.at;
    this.at = start;
    return this.map(column, depth);
  }

  /** A value that ends on its line; the reader then stands on the next one. */
  private inline(start: number): JsonValue | undefined {
    const value = this.quoted(start) ?? this.flow(start) ?? this.plain(start);
    this.nextLine();
    return value;
  }

  private quoted(start: number): string | undefined {
    QUOTED.lastIndex = start;
    const match = QUOTED.exec(this.text);
    return match && this.isBlankFrom(QUOTED.lastIndex) ? (match[1] ?? match[2]) : undefined;
  }

  /** `[a, "b"]`, and what is empty. */
  private flow(start: number): JsonValue | undefined {
    EMPTY_FLOW.lastIndex = start;
    if (EMPTY_FLOW.test(this.text) && this.isBlankFrom(EMPTY_FLOW.lastIndex)) {
      return this.text[start] === '[' ? [] : {};
    }
    if (this.text[start] !== '[') return undefined;
    const list: JsonValue[] = [];
    let isOpen = true;
    FLOW_ITEM.lastIndex = start + 1;
    while (isOpen) {
      const match = FLOW_ITEM.exec(this.text);
      const item = match?.[1] ?? match?.[2] ?? plainValue(match?.[3] ?? '');
      if (item === undefined) return undefined;
      list.push(item);
      isOpen = match?.[4] === ',';
    }
    return this.isBlankFrom(FLOW_ITEM.lastIndex) ? list : undefined;
  }

  private plain(start: number): JsonValue | undefined {
    const line = this.text.slice(start, this.end);
    const comment = line.indexOf(' #');
    const text = trimSpaces(comment === -1 ? line : line.slice(0, comment));
    return text.includes(': ') || text.endsWith(':') ? undefined : plainValue(text);
  }

  private isItem(): boolean {
    return this.text.charCodeAt(this.at) === DASH && this.text.charCodeAt(this.at + 1) === SPACE;
  }

  /** Whether nothing, or a comment after a space, is left of the line. */
  private isBlankFrom(offset: number): boolean {
    const next = this.skipSpaces(offset);
    return next === this.end || (next > offset && this.text.charCodeAt(next) === HASH);
  }

  private skipSpaces(offset: number): number {
    let next = offset;
    while (this.text.charCodeAt(next) === SPACE) next += 1;
    return next;
  }
}

/** A scalar without quotes. */
function plainValue(text: string): JsonValue | undefined {
  if (!PLAIN_START.test(text)) return undefined;
  if (NUMBER_START.test(text)) {
    if (NUMBER.test(text)) return Number(text);
    return LIKE_A_NUMBER.test(text) ? undefined : text;
  }
  if (text.length > LONGEST_SPECIAL_WORD || !SPECIAL_WORD.test(text)) return text;
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

/** Without the spaces at its end, and them alone: YAML keeps what else looks like space. */
function trimSpaces(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === SPACE) end -= 1;
  return text.slice(0, end);
}
